"""Orders of delays that a macro is given: known from its call, not from the model's names."""

import pytest

from formats.vensim.running import run, values
from headwater.errors import HeadwaterError, ModelError

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


@pytest.mark.parametrize(
    "order", ["n[d]", "n[d] + 0 * half", "2 * half[d] * n[d]", "n[d] + n[a] - 1"]
)
def test_an_order_of_its_own_for_each_element(order: str) -> None:
    """Arrays of constants, also as a table, and what is computed of them."""
    half = "half = 0.5 ~~|\n" if "0 * half" in order else "half[d] = 0.5 ~~|\n"
    text = (
        f"d: a, b, c ~~|\nn[d] = 1, 3, 2 ~~|\n{half}"
        f"x[d] = DELAY N(STEP(10, 2), 3, 0, {order}) ~~|\n"
        "s[d] = SMOOTH N(STEP(10, 2), 3, 0, n[d]) ~~|\n"
        "s one = SMOOTH N(STEP(10, 2), 3, 0, 1) ~~|\ns three = SMOOTH N(STEP(10, 2), 3, 0, 3) ~~|\n"
    )
    found = run(text, stop=8, step=0.5)
    for element, stages in enumerate((1, 3, 2)):
        expected = pytest.approx(delayed(stages, 16), abs=1e-12)
        assert values(found, "x")[:, element].tolist() == expected
    smooth = values(found, "s")
    assert smooth[:, 0].tolist() == values(found, "s one").tolist()
    assert smooth[:, 1].tolist() == values(found, "s three").tolist()


def test_no_element_has_more_stages_than_its_time_has_steps() -> None:
    """A time of 1 has two steps of a half; of the other, 3, it has six."""
    text = (
        "d: a, b ~~|\nn[d] = 9, 3 ~~|\nt[d] = 1, 3 ~~|\n"
        "x[d] = DELAY N(STEP(10, 2), t[d], 0, n[d]) ~~|\ny = DELAY N(STEP(10, 2), 1, 0, 2) ~~|\n"
    )
    found = run(text, stop=8, step=0.5)
    assert values(found, "x")[:, 0].tolist() == values(found, "y").tolist()
    assert values(found, "x")[:, 1].tolist() == pytest.approx(delayed(3, 16), abs=1e-12)


@pytest.mark.parametrize(
    ("numbers", "told"),
    [("1, 0.2", "is 0.2, not from 1"), ("1, 5e6", r"is 5e\+06, not from 1")],
)
def test_an_element_whose_order_is_none(numbers: str, told: str) -> None:
    text = f"d: a, b ~~|\nn[d] = {numbers} ~~|\nx[d] = DELAY N(1, 3, 0, n[d]) ~~|\n"
    with pytest.raises(HeadwaterError, match=told):
        run(text, stop=8)


def test_elements_of_an_order_that_no_constants_tell() -> None:
    text = "d: a, b ~~|\nn[d] = INTEG(1, 1) ~~|\nx[d] = DELAY N(1, 3, 0, n[d]) ~~|\n"
    with pytest.raises(ModelError, match="cannot be told before the run"):
        run(text, stop=8)
