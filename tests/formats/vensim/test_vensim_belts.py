"""Conveyors as rows of fixed delays: the same run to the last bit; the rest is refused by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import ModelError
from headwater.formats.vensim import project_of, write
from headwater.formats.xmile import project_of as xmile
from headwater.language.source import Source
from model_lines import run

HEAD = (
    '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
    '<sim_specs method="Euler"><start>0</start><stop>9</stop><dt>0.25</dt></sim_specs>'
    '<dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>'
    "<model><variables>{}</variables></model></xmile>"
)
D = '<dimensions><dim name="d"/></dimensions>'


def assert_held(variables: str) -> str:
    """Write a model as .mdl, run what is read back, compare every bit; return the text."""
    model = xmile(HEAD.format(variables), None, "model.xmile")
    text = write(model, "model").text
    found = project_of(Source("model.mdl", text), None, "model")
    before, after = run(model), run(found)
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name.replace("_", " ")], err_msg=name)
    assert max(np.abs(v).max() for v in before.values()) > 0
    return text


def conveyor(options: str = "", leaks: str = "", *, of: str = "", length: str = "2") -> str:
    """A belt with an inflow, an exit and leaks, over the dimensions ``of``."""
    outflows = "".join(f"<outflow>leak {k}</outflow>" for k in range(leaks.count("<leak/>")))
    attributes = " exponential_leak='true'" if "exponential" in options else ""
    return (
        f'<flow name="in">{of}<eqn>5 + 4 * SIN(TIME * 2)</eqn></flow>'
        f'<flow name="also in">{of}<eqn>TIME - 3</eqn></flow>'
        f'<stock name="belt">{of}<eqn>7</eqn><inflow>in</inflow><inflow>also in</inflow>'
        f"<outflow>out</outflow>{outflows}<conveyor{attributes}><len>{length}</len>"
        f"{options.replace('exponential', '')}</conveyor></stock>"
        f'<flow name="out">{of}</flow>{leaks}'
    )


def leak(number: int, fraction: str, zone: str = "", of: str = "") -> str:
    return f'<flow name="leak {number}"{zone}>{of}<eqn>{fraction}</eqn><leak/></flow>'


def test_a_leaking_belt_by_hand() -> None:
    """10 enter a step; a fifth leaks over 4 slats: 0.5 from each, so 8 leave after 4 steps."""
    text = HEAD.replace("<dt>0.25</dt>", "<dt>1</dt>").format(
        '<stock name="belt"><eqn>0</eqn><inflow>in</inflow><outflow>out</outflow>'
        "<outflow>lost</outflow><conveyor><len>4</len></conveyor></stock>"
        '<flow name="in"><eqn>10</eqn></flow><flow name="out"/>'
        '<flow name="lost"><eqn>0.2</eqn><leak/></flow>'
    )
    written = write(xmile(text, None, "m.xmile"), "m").text
    found = run(project_of(Source("m.mdl", written), None, "m"))
    assert found["out"].tolist() == [0, 0, 0, 0, 8, 8, 8, 8, 8, 8]
    np.testing.assert_allclose(found["lost"][:6], [0, 0.5, 1, 1.5, 2, 2], rtol=1e-15)


@pytest.mark.parametrize(
    "options",
    [
        "<capacity>9 + TIME / 4</capacity>",
        "<in_limit>4</in_limit>",
        "<capacity>8</capacity><in_limit>6 - TIME</in_limit>",
        "<arrest>TIME &gt; 3 AND TIME &lt; 5.1</arrest>",
        "<arrest>SIN(TIME) &gt; 0.3</arrest><capacity>8</capacity>",
    ],
)
@pytest.mark.parametrize("of", ["", D])
def test_what_is_let_in_is_bounded(options: str, of: str) -> None:
    assert_held(conveyor(options, of=of))


@pytest.mark.parametrize("kind", ["", "exponential"])
@pytest.mark.parametrize(
    "leaks",
    [
        leak(0, "0.3"),
        leak(0, "0.1 + TIME / 20"),
        leak(0, "0.3", ' leak_start="0.25" leak_end="0.75"'),
        leak(0, "0.2", ' leak_end="0.5"') + leak(1, "0.4"),
        leak(0, "-0.2") + leak(1, "1.5"),
    ],
)
def test_leaks_from_zones(kind: str, leaks: str) -> None:
    assert_held(conveyor(kind, leaks))


def test_leaks_of_arrays() -> None:
    assert_held(conveyor("exponential", leak(0, "0.2 * d", of=D), of=D))


def test_one_belt_leads_to_another_that_stops() -> None:
    second = (
        '<stock name="next"><eqn>3</eqn><inflow>out</inflow><outflow>gone</outflow><conveyor>'
        "<len>1</len><arrest>TIME &gt; 4 AND TIME &lt; 6</arrest></conveyor></stock>"
        '<flow name="gone"/>'
    )
    text = assert_held(conveyor("<capacity>20</capacity>", leak(0, "0.2")) + second)
    assert "DELAY FIXED" in text


def test_a_belt_of_one_slat() -> None:
    assert_held(conveyor("<arrest>TIME = 2</arrest>", leak(0, "0.5"), length="0.25"))


@settings(max_examples=15)
@given(
    steps=st.integers(1, 9),
    start=st.sampled_from([0, 0.25, 0.5]),
    end=st.sampled_from([0.5, 0.7, 1]),
    options=st.sets(
        st.sampled_from(
            [
                *("exponential", "<capacity>11</capacity>", "<in_limit>5</in_limit>"),
                "<arrest>COS(TIME) &gt; 0.5</arrest>",
            ]
        )
    ),
    share=st.sampled_from(["0", "0.35", "TIME / 8", "1"]),
)
def test_any_belt(steps: int, start: float, end: float, options: set[str], share: str) -> None:
    zone = f' leak_start="{start}" leak_end="{end}"'
    leaks = leak(0, share, zone) + leak(1, "0.1")
    assert_held(conveyor("".join(sorted(options)), leaks, length=str(steps / 4)))


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        (
            conveyor(length="2 + TIME"),
            "a transit time that is computed, or is not the same for all",
        ),
        (conveyor(length="2.1"), "no transit time that is a whole number of steps"),
        (conveyor("<sample>TIME &lt; 3</sample>"), "samples its transit time"),
        (conveyor(length="600"), ""),
        (conveyor(leaks=leak(0, "0.1"), length="600"), "more than 500 slats"),
        (
            conveyor(leaks=leak(0, "0.1").replace("<leak/>", "<leak/><leak_integers/>")),
            "leaks whole units",
        ),
        (
            conveyor(leaks=leak(0, "0.1")) + '<aux name="Belt Left"><eqn>1</eqn></aux>',
            "parts whose names are taken: `belt left`",
        ),
        (
            conveyor("<sample>TIME &lt; 3</sample>", length="2.1"),
            "samples its transit time, has no transit time that is a whole number of steps",
        ),
    ],
)
def test_all_that_stands_in_the_way_is_told(variables: str, why: str) -> None:
    if not why:
        assert_held(variables)
        return
    other = (
        '<stock name="line"><eqn>0</eqn><inflow>come</inflow><outflow>go</outflow><queue/></stock>'
        '<flow name="come"><eqn>1</eqn></flow><flow name="go"/>'
    )
    with pytest.raises(ModelError, match=f"`belt` is a conveyor that .*{why}") as caught:
        write(xmile(HEAD.format(variables + other), None, "model.xmile"), "m")
    messages = [d.message for d in caught.value.diagnostics]
    assert len(messages) == 2
    assert messages[1] == "`line` is a queue, which Vensim does not have"
