"""What equations may ask of conveyors and ovens (isee systems, Stella help, Discrete builtins)."""

import pytest

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run, specs
from headwater.compiler.units.check import check_units
from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.formats.literate import write as write_case
from headwater.formats.xmile import write
from headwater.model.diff import compare_projects
from headwater.simulation.building import TargetName

PUPILS = (
    '<stock name="pupils"><eqn>0</eqn><inflow>entering</inflow><outflow>leaving</outflow>'
    '<conveyor>{}</conveyor></stock><flow name="entering"{}><eqn>{}</eqn></flow>'
    '<flow name="leaving"/>'
)
OVEN = (
    '<stock name="oven"><eqn>0</eqn><inflow>filling</inflow><outflow>emptying</outflow><isee:oven>'
    '<len>2</len><capacity>6</capacity>{}</isee:oven></stock><flow name="filling"><eqn>2</eqn>'
    '</flow><flow name="emptying"/>'
)


def pupils(equation: str, belt: str = "<len>3</len>", spread: str = "", inflow: str = "") -> str:
    inflow = inflow or "IF TIME = 0 THEN 8 ELSE 0"
    return file(PUPILS.format(belt, spread, inflow) + aux("a", equation), settings=specs(5))


@pytest.mark.parametrize("target", ["reference", "llvm"])
@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        # 8 enter in the step from 0 to 1: at 1 they have been there for 0, at 3 for 2.
        ("AGECOUNT(pupils, 0, 1)", [0, 8, 0, 0, 0, 0]),
        ("AGECOUNT(pupils, 1, 2)", [0, 0, 8, 0, 0, 0]),
        ("AGECOUNT(pupils, 1)", [0, 0, 8, 8, 0, 0]),
        ("AGECOUNT(pupils, 0)", [0, 8, 8, 8, 0, 0]),
        ("AGECOUNT(pupils, TIME - 2, 9)", [0, 8, 8, 8, 0, 0]),
        ("AGECOUNT(pupils, 3)", [0, 0, 0, 0, 0, 0]),
    ],
)
def test_how_much_is_of_an_age(equation: str, expected: list[float], target: TargetName) -> None:
    found = run(pupils(equation), target=target)
    assert column(found, "a") == expected


def test_ages_add_up_to_the_stock() -> None:
    text = pupils(
        "AGECOUNT(pupils, 0, 1) + AGECOUNT(pupils, 1, 2) + AGECOUNT(pupils, 2)",
        inflow="1 + TIME ^ 2",
    )
    found = run(text.replace("<eqn>0</eqn>", "<eqn>6</eqn>"))
    assert column(found, "a") == pytest.approx(column(found, "pupils"), rel=1e-14)


def test_what_is_spread_over_the_belt_is_of_all_ages() -> None:
    found = run(pupils("AGECOUNT(pupils, 1, 2)", spread=' isee:spreadflow="even"', inflow="3"))
    # A third of each step's 3 comes in there, beside what comes up from the place before.
    assert column(found, "a")[:4] == [0, 1, 2, 2]


def test_ages_by_the_element() -> None:
    dims = '<dimensions><dim name="school"/></dimensions>'
    text = file(
        f'<stock name="pupils">{dims}<eqn>TIME</eqn><inflow>entering</inflow>'
        "<outflow>leaving</outflow><conveyor><len>2</len></conveyor></stock>"
        f'<flow name="entering">{dims}<eqn>school</eqn></flow><flow name="leaving">{dims}</flow>'
        + aux("a", "AGECOUNT(pupils, 1, 2)", dims)
        + aux("b", "AGECOUNT(pupils[2], 0)"),
        before='<dimensions><dim name="school" size="3"/></dimensions>',
    )
    found = run(text)
    assert found["a"].values[2].tolist() == [1, 2, 3]
    assert column(found, "b")[:3] == [0, 2, 4]


def test_the_capacity_of_a_container() -> None:
    text = pupils("CAPACITY(pupils) + CAP(pupils)", "<len>3</len><capacity>9 + TIME</capacity>")
    assert column(run(text), "a") == [18 + 2 * t for t in range(6)]
    unlimited = run(pupils("1 / CAPACITY(pupils)"))
    assert column(unlimited, "a") == [0] * 6


def test_what_an_oven_does() -> None:
    """Full after three steps of 2, it cooks for two, and empties in the step after."""
    text = file(OVEN.format("") + aux("a", "OSTATE(oven)"), settings=specs(9))
    found = run(text)
    assert column(found, "a") == [0, 0, 0, 1, 1, 2, 0, 0, 0, 1]
    assert column(found, "emptying") == [6 if s == 2 else 0 for s in column(found, "a")]


def test_how_long_stays_what_enters() -> None:
    """It holds while nothing enters."""
    text = pupils(
        "PROCTIME(pupils)",
        "<len>3 + TIME</len>",
        inflow="IF TIME = 1 OR TIME > 3 THEN 2 ELSE 0".replace(">", "&gt;"),
    )
    assert column(run(text), "a") == [3, 4, 4, 4, 7, 8]
    oven = file(OVEN.format("").replace("<len>2", "<len>2 + TIME") + aux("a", "PROCTIME(oven)"))
    # Full after three steps: nothing enters at 3, nor at 4 and 5, while it cooks.
    assert column(run(oven), "a") == [2, 3, 4, 4, 4, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pupils("AGECOUNT(entering, 1)"), "needs the name of a conveyor"),
        (pupils("AGECOUNT(pupils + 1, 1)"), "needs the name of a conveyor"),
        (pupils("OSTATE(pupils)"), "needs the name of an oven"),
        (pupils("AGECOUNT(pupils, 1)", "<len>3 + TIME</len>"), "transit time of `pupils` changes"),
        (
            pupils("AGECOUNT(pupils, 1)", "<len>3</len><arrest>TIME = 1</arrest>"),
            "`pupils` can be arrested",
        ),
        (
            file(OVEN.format("<clean_time>1</clean_time>") + aux("a", "OSTATE(oven)")),
            "is cleaned is not published",
        ),
    ],
)
def test_what_cannot_be_asked(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        run(text)


def test_they_are_written_back() -> None:
    project = read(pupils("AGECOUNT(pupils, 1, 2)", "<len>3</len><capacity>9</capacity>"))
    for copy in (read(write(project)[0]), read_case_text(write_case(project, "m").text).project):
        assert column(results_of(copy), "a") == [0, 0, 8, 0, 0, 0]


# Units


def quay(**changed: str) -> str:
    given = {"stay": "Months", "room": "ship", "most": "ship/Months", **changed}
    options = "".join(aux(n, "3", f"<units>{u}</units>") for n, u in given.items())
    return file(
        '<stock name="quay"><eqn>0</eqn><outflow>off</outflow><conveyor><len>stay</len>'
        "<capacity>room</capacity><in_limit>most</in_limit></conveyor><units>ship</units></stock>"
        f'<flow name="off"><units>ship/Months</units></flow>{options}'
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, ""),
        ({"stay": "ship"}, "the transit time of `quay` is in `ship`, but must be in `month`"),
        ({"room": "Months"}, "but must be in `ship`"),
        ({"most": "ship"}, "the inflow limit of `quay` is in `ship`"),
    ],
)
def test_the_units_of_what_a_conveyor_says(changed: dict[str, str], message: str) -> None:
    found = "\n".join(d.message for d in check_units(read(quay(**changed))))
    assert message in found if message else not found


# Differences


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("<len>3</len>", "<len>4</len>", "transit time"),
        ("<len>3</len>", "<len>3</len><capacity>2</capacity>", "capacity"),
        ("<len>3</len>", "<len>3</len><arrest>TIME = 2</arrest>", "arrest"),
    ],
)
def test_differences_between_conveyors_are_told(old: str, new: str, element: str) -> None:
    first, second = (read(pupils("1", belt)) for belt in (old, new))
    assert compare_projects(first, first).same
    changes = compare_projects(first, second).changed
    assert [(c.name, c.element) for c in changes] == [("pupils", element)]


def test_marks_of_flows_and_belts_are_told() -> None:
    plain = read(pupils("1"))
    changed = read(
        pupils("1", "<len>3</len>", ' isee:spreadflow="even"').replace(
            "<conveyor>", '<conveyor discrete="true">'
        )
    )
    changes = compare_projects(plain, changed).changed
    assert {(c.name, c.what, c.after) for c in changes} == {
        ("pupils", "kind", "conveyor, discrete"),
        ("entering", "kind", "inflow spread evenly"),
    }
