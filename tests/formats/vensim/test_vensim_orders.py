"""Orders of delays that a macro is given: known from its call, not from the model's names."""

import pytest

from formats.vensim.running import run, values
from headwater.errors import ModelError

DELAYN = (
    ":MACRO: DELAYN(Input,DelayTime,Init,Order)\n"
    "DELAYN = DELAY N(Input,DelayTime,Init,Order) ~ Input ~|\n:END OF MACRO:\n"
)


def delayed(order: int, steps: int) -> list[float]:
    """What leaves ``order`` stages of 3 / ``order`` each after a step of 10 at 2, by Euler."""
    stage, levels, left = 3 / order, [0.0] * order, []
    for step in range(steps + 1):
        flows = [10.0 if step * 0.5 >= 2 else 0.0, *(level / stage for level in levels)]
        left.append(flows[-1])
        levels = [v + 0.5 * (a - b) for v, a, b in zip(levels, flows, flows[1:], strict=False)]
    return left


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_order_is_what_the_call_says(order: int) -> None:
    """The model's own `Order` is another variable."""
    text = f"{DELAYN}Order = 6 ~~|\nn = {order} ~~|\nx = DELAYN(STEP(10, 2), 3, 0, MAX(1, n)) ~~|\n"
    found = values(run(text, stop=8, step=0.5), "x").tolist()
    assert found == pytest.approx(delayed(order, 16), abs=1e-12)


def test_macros_in_macros_pass_it_on() -> None:
    outer = ":MACRO: TWICE(in, half)\nTWICE = DELAYN(in, 3, 0, half * 2) ~~|\n:END OF MACRO:\n"
    text = f"{DELAYN}{outer}half = 9 ~~|\nx = TWICE(STEP(10, 2), 1) + 0 * half ~~|\n"
    found = values(run(text, stop=8, step=0.5), "x").tolist()
    assert found == pytest.approx(delayed(2, 16), abs=1e-12)


def test_an_order_that_changes_is_refused() -> None:
    text = f"{DELAYN}Order = 6 ~~|\nn = INTEG(1, 1) ~~|\nx = DELAYN(1, 3, 0, n) ~~|\n"
    with pytest.raises(ModelError, match="the order of DELAY N cannot be told before the run"):
        run(text, stop=1)
