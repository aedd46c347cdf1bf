"""Header, simulation settings, units, behaviour and data (XMILE 1.0, chapter 2)."""

import math
from pathlib import Path

import pytest

from formats.xmile.xmile_texts import (
    HEADER,
    aux,
    column,
    file,
    read,
    run,
    specs,
    values,
    warnings,
)
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.formats.xmile import write
from headwater.model.project import Project

GROWTH = '<stock name="s"><eqn>1</eqn><inflow>f</inflow></stock><flow name="f"><eqn>s</eqn></flow>'


def after_one(method: str, step: float = 0.25) -> float:
    return column(run(file(GROWTH, settings=specs(1, step, method))), "s")[-1]


@pytest.mark.parametrize(
    ("method", "factor"),
    [
        # One step of x' = x is the method's polynomial in dt (Hairer et al., II.1).
        ("Euler", 1 + 0.25),
        ("euler", 1 + 0.25),
        ("RK2", 1 + 0.25 + 0.25**2 / 2),
        ("rk4", 1 + 0.25 + 0.25**2 / 2 + 0.25**3 / 6 + 0.25**4 / 24),
        ("RK4", 1 + 0.25 + 0.25**2 / 2 + 0.25**3 / 6 + 0.25**4 / 24),
        ("gear, RK2", 1 + 0.25 + 0.25**2 / 2),
        ("", 1 + 0.25),
    ],
)
def test_the_method_asked_for_runs(method: str, factor: float) -> None:
    """3.4.1: the first of a list that there is; Euler by default."""
    assert after_one(method) == pytest.approx(factor**4, rel=1e-15)
    assert not read(file(GROWTH, settings=specs(1, 0.25, method))).warnings


@pytest.mark.parametrize("method", ["RK45", "gear", "Gear", "rk45, gear"])
def test_a_method_that_adapts_its_step_is_announced(method: str) -> None:
    """3.4.1: RK45 and gear fall back to RK4; that is never done in silence."""
    project = read(file(GROWTH, settings=specs(1, 0.25, method)))
    assert project.sim_specs.method == "rk4"
    assert "adapts its step" in warnings(project)
    assert after_one(method) == after_one("RK4")


def test_an_unknown_method_is_an_error() -> None:
    with pytest.raises(HeadwaterError, match="unknown integration method `leapfrog`"):
        read(file(GROWTH, settings=specs(1, 0.25, "leapfrog")))


def test_the_step_as_a_reciprocal() -> None:
    """2.3: with reciprocal="true" the number is 1/DT."""
    settings = '<sim_specs><start>0</start><stop>1</stop><dt reciprocal="true">3</dt></sim_specs>'
    found = run(file(GROWTH, settings=settings))
    assert column(found, "s") == pytest.approx([(4 / 3) ** k for k in range(4)])
    assert found.coordinates["time"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_the_step_is_1_where_none_is_given() -> None:
    settings = "<sim_specs><start>2</start><stop>4</stop></sim_specs>"
    assert run(file(GROWTH, settings=settings)).coordinates["time"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("step", [0.1, 0.7, 1 / 3])
def test_steps_that_are_not_exact_in_binary_keep_all_rows(step: float) -> None:
    settings = f"<sim_specs><start>0</start><stop>21</stop><dt>{step!r}</dt></sim_specs>"
    times = run(file(GROWTH, settings=settings)).coordinates["time"]
    assert len(times) == round(21 / step) + 1
    assert times[-1] == 21


@pytest.mark.parametrize(
    "more", ['isee:save_interval="2"', 'saveper="2"', 'isee:saveper="2"', 'save_step="2"']
)
def test_save_intervals(more: str) -> None:
    """The standard has none: these are what tools write."""
    found = run(file(GROWTH, settings=specs(6, 0.5, more=more)))
    assert found.coordinates["time"].tolist() == [0, 2, 4, 6]
    assert column(found, "s")[1] == 1.5**4


def test_a_save_interval_that_is_no_multiple_of_the_step() -> None:
    """What is kept is the first step at or after each time to save, and the last of all."""
    found = run(file(GROWTH, settings=specs(3, 0.5, more='isee:save_interval="0.7"')))
    assert found.coordinates["time"].tolist() == [0, 1, 1.5, 2.5, 3]


def test_a_pause_interval_is_kept_and_stops_nothing() -> None:
    """2.3: pause is for interactive runs."""
    text = file(GROWTH, settings=specs(3, 1, more='pause="1"'))
    assert read(text).sim_specs.pause == 1
    assert column(run(text), "s") == [1, 2, 4, 8]
    assert read(file(GROWTH, settings=specs(3, 1, more='pause="INF"'))).sim_specs.pause == 0


@pytest.mark.parametrize("name", ["The End", "the_end"])
def test_a_setting_may_name_constants(name: str) -> None:
    """As Stella writes them; a copy says the same."""
    stop = name.replace(" ", "_")
    times = f"<start>first</start><stop>{stop} + 1</stop><dt>step</dt>"
    settings = f"<sim_specs>{times}</sim_specs>"
    variables = GROWTH + aux("The End", "2") + aux("first", "1") + aux("step", "0.5")
    text = file(variables, settings=settings)
    assert run(text).coordinates["time"].tolist() == [1, 1.5, 2, 2.5, 3]
    copy, losses = write(read(text))
    assert not losses and read(copy).sim_specs == read(text).sim_specs
    reciprocal = settings.replace("<dt>step", '<dt reciprocal="true">4 * step')
    found = read(file(variables, settings=reciprocal))
    assert run(write(found)[0]).coordinates["time"].tolist() == [1, 1.5, 2, 2.5, 3]


def test_settings_of_the_model_go_before_those_of_the_file() -> None:
    """2.3: sim_specs stand in the root element or in the root model."""
    text = file(GROWTH, settings=specs(9, 1)).replace("<model>", "<model>" + specs(2, 0.5))
    assert run(text).coordinates["time"].tolist() == [0, 0.5, 1, 1.5, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("<sim_specs><start>a</start><stop>4</stop></sim_specs>", "the start time is `a`"),
        ("<sim_specs><start>0</start><stop>f + 1</stop></sim_specs>", "not made of numbers"),
        ("<sim_specs><start>0</start><stop>4 +</stop></sim_specs>", "the stop time"),
        ("<sim_specs><start>0</start><stop>4</stop><dt>0</dt></sim_specs>", "step"),
        ("<sim_specs><start>0</start><stop>4</stop><dt>-1</dt></sim_specs>", "step"),
        ("<sim_specs><start>4</start><stop>0</stop></sim_specs>", "stop"),
        (
            '<sim_specs><start>0</start><stop>4</stop><dt reciprocal="true">0</dt></sim_specs>',
            "reciprocal of 0",
        ),
        ("<sim_specs><start>0</start><stop>1e300</stop></sim_specs>", "step"),
    ],
)
def test_settings_that_are_none(settings: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        run(file(GROWTH, settings=settings))


def test_running_by_group_is_announced() -> None:
    settings = specs(1).replace("</sim_specs>", '<run by="group"/></sim_specs>')
    assert "the whole model is run" in warnings(read(file(GROWTH, settings=settings)))


# Units


def test_unit_definitions() -> None:
    """2.4: equations and other names; what is disabled does not count."""
    units = (
        '<model_units><unit name="Persons"><alias>people</alias><alias>person</alias></unit>'
        '<unit name="mph"><eqn>miles/hour</eqn></unit><unit name="off" disabled="true">'
        "<eqn>mph</eqn></unit></model_units>"
    )
    text = file(
        aux("a", "3", "<units>people</units>")
        + aux("b", "4", "<units>persons</units>")
        + aux("v", "5", "<units>mph</units>")
        + aux("w", "6", "<units>miles/hour</units>")
        + aux("sum", "a + b", "<units>person</units>")
        + aux("all", "v + w", "<units>mph</units>"),
        before=units,
    )
    project = read(text)
    assert [(u.name, u.equation, u.aliases) for u in project.units] == [
        ("Persons", "", ("people", "person")),
        ("mph", "miles/hour", ()),
    ]
    assert not [f for f in Model(project).check(progress=False).findings if "unit" in str(f)]


def test_units_that_clash_are_found_by_the_check() -> None:
    text = file(
        aux("a", "3", "<units>people</units>")
        + aux("b", "4", "<units>miles</units>")
        + aux("c", "a + b", "<units>people</units>")
    )
    found = [f for f in Model(read(text)).check(progress=False).findings if "miles" in str(f)]
    assert found


# Behaviour


def drained(option: str, behavior: str = "") -> list[float]:
    text = file(
        f'<stock name="s"><eqn>5</eqn><outflow>f</outflow>{option}</stock>'
        '<flow name="f"><eqn>2</eqn></flow>',
        before=behavior,
        settings=specs(4),
    )
    return column(run(text), "s")


def test_non_negative_stocks() -> None:
    """4.2: what is not there cannot leave."""
    assert drained("") == [5, 3, 1, -1, -3]
    assert drained("<non_negative/>") == [5, 3, 1, 0, 0]
    assert drained("<non_negative>false</non_negative>") == [5, 3, 1, -1, -3]


def test_behaviour_is_inherited() -> None:
    """2.6: of the file, of the model, of the stock, the innermost counts."""
    every = "<behavior><non_negative/></behavior>"
    stocks = "<behavior><stock><non_negative/></stock></behavior>"
    flows = "<behavior><flow><non_negative/></flow></behavior>"
    assert drained("", every) == [5, 3, 1, 0, 0]
    assert drained("", stocks) == [5, 3, 1, 0, 0]
    assert drained("", flows) == [5, 3, 1, -1, -3]
    assert drained("<non_negative> FALSE </non_negative>", every) == [5, 3, 1, -1, -3]


def test_outflows_of_a_non_negative_stock_have_priorities() -> None:
    """4.2: the order in which outflows are listed is their priority."""
    text = file(
        '<stock name="s"><eqn>5</eqn><outflow>b</outflow><outflow>a</outflow>'
        "<non_negative/></stock>"
        '<flow name="a"><eqn>2</eqn></flow><flow name="b"><eqn>4</eqn></flow>',
        settings=specs(2),
    )
    found = run(text)
    assert column(found, "b") == [4, 0, 0]
    assert column(found, "a") == [1, 0, 0]


def test_what_a_non_negative_stock_refuses_does_not_arrive() -> None:
    text = file(
        '<stock name="s"><eqn>3</eqn><outflow>f</outflow><non_negative/></stock>'
        '<stock name="t"><eqn>0</eqn><inflow>f</inflow></stock>'
        '<flow name="f"><eqn>2</eqn></flow>',
        settings=specs(3),
    )
    assert column(run(text), "t") == [0, 2, 3, 3]


def test_non_negative_flows() -> None:
    """4.3: a uniflow is never below 0."""
    text = file(
        '<stock name="s"><eqn>0</eqn><inflow>f</inflow></stock>'
        '<flow name="f"><eqn>1 - TIME</eqn><non_negative/></flow>',
        settings=specs(3),
    )
    found = run(text)
    assert column(found, "f") == [1, 0, 0, 0]
    assert column(found, "s") == [0, 1, 1, 1]


def test_a_multiplier_converts_between_stocks() -> None:
    """4.3: it applies to the stock downstream."""
    text = file(
        '<stock name="loaves"><eqn>9</eqn><outflow>f</outflow></stock>'
        '<stock name="slices"><eqn>0</eqn><inflow>f</inflow></stock>'
        '<flow name="f"><eqn>3</eqn><multiplier>12</multiplier></flow>',
        settings=specs(2),
    )
    found = run(text)
    assert column(found, "loaves") == [9, 6, 3]
    assert column(found, "slices") == [0, 36, 72]


# Origin, dialect, encoding


def test_header_and_dialect() -> None:
    text = file(aux("x", "1"))
    assert read(text).dialect == "xmile"
    assert read(text, name="model.stmx").dialect == "stella"
    stella = text.replace("<vendor>Example", "<vendor>isee systems, inc.")
    assert read(stella).dialect == "stella"
    assert dict(read(text).properties)["vendor"] == "Example"
    assert dict(read(text).properties)["product version"] == "1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "cp1252"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    """2: a file is UTF-8; others are read by their mark or declaration."""
    text = file(aux("Größe", "2") + aux("y", "größe * 3"))
    declared = {"cp1252": "windows-1252"}.get(encoding, encoding)
    path = tmp_path / "m.xmile"
    path.write_bytes(text.replace('encoding="utf-8"', f'encoding="{declared}"').encode(encoding))
    if encoding == "utf-8-sig":
        path.write_bytes(text.encode(encoding))
    from headwater.api import load

    assert float(load(path).run()["y"].max()) == 6


def test_other_prefixes_and_none() -> None:
    """2.1: the namespace decides, not the prefix; old files have another namespace."""
    text = file(aux("x", "4"))
    plain = text.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    assert column(run(plain.replace("xmlns=", "xmlns:x=")), "x")[0] == 4
    old = text.replace(
        "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0", "http://www.systemdynamics.org/XMILE"
    )
    assert column(run(old), "x")[0] == 4
    bare = text.replace('xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"', "")
    assert column(run(bare), "x")[0] == 4


def test_prefixes_that_are_not_declared() -> None:
    """Tools leave the declaration of `isee` out."""
    text = file(aux("x", "4"), settings=specs(4, 1, more='isee:save_interval="2"'))
    text = text.replace('xmlns:isee="http://iseesystems.com/XMILE"', "")
    assert run(text).coordinates["time"].tolist() == [0, 2, 4]


# What no run needs


POSTER = (
    '<event_poster min="0" max="10"><threshold value="3" repeat="once">'
    '<event sim_action="pause"><text_box>Three!</text_box></event></threshold></event_poster>'
)


def test_events_are_kept_and_change_nothing() -> None:
    """4.1.2: an event poster shows messages and pauses an interactive run."""
    text = file(
        f'<stock name="s"><eqn>0</eqn><inflow>f</inflow>{POSTER}</stock>'
        '<flow name="f"><eqn>1</eqn></flow>'
    )
    assert column(run(text), "s") == [0, 1, 2, 3, 4, 5]
    kept = read(text).find("s")
    assert kept is not None
    assert [d.replace("\n", "") for d in kept.display] == [POSTER]


@pytest.mark.parametrize(
    ("direction", "told"), [("", "rises above 3"), (' direction="decreasing"', "falls below 3")]
)
def test_an_event_that_stops_the_run_is_told_of(direction: str, told: str) -> None:
    """3.4.2: such an event may be ignored, but what comes after it is another model's answer."""
    poster = POSTER.replace("pause", "stop").replace(' value="3"', f' value="3"{direction}')
    project = read(file(aux("x", "TIME", poster)))
    (warning,) = project.warnings
    assert "stops the run" in warning.message and told in warning.message


def test_views_are_kept_as_they_are() -> None:
    view = (
        '<views>\n  <view type="stock_flow"><aux name="x" x="1" y="2"/> é &amp; </view>\n</views>'
    )
    assert read(file(aux("x", "1"), views=view)).views == (view,)


def imported(resource: str, more: str = "") -> str:
    data = f'<data><import type="CSV" resource="{resource}" {more}/></data>'
    return file(aux("x", "1"), before=data)


def test_data_imports_are_announced() -> None:
    """2.8: the values that the file holds are those of the last import."""
    project = read(imported("inputs.csv"), Path())
    assert "the import of `inputs.csv` is not carried out" in warnings(project)
    assert not read(imported("inputs.csv", 'enabled="false"')).warnings


def test_data_imports_from_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HeadwaterError, match="out of the"):
        read(imported("../../secret.csv"), tmp_path)


@pytest.mark.parametrize("resource", ["/etc/passwd", "\\\\host\\share\\x.csv"])
def test_a_path_of_another_computer_is_looked_for_beside_the_model(
    resource: str, tmp_path: Path
) -> None:
    assert "no such file" in warnings(read(imported(resource), tmp_path))


def test_an_address_is_not_read(tmp_path: Path) -> None:
    project = read(imported("https://example.org/x.csv"), tmp_path)
    assert "not carried out" in warnings(project)


@pytest.mark.parametrize(
    "resource", ["file:///lib/of%20all/my%20x.csv", "file:///C:/my%20x.csv", "file://my%20x.csv"]
)
def test_a_file_address_is_a_path(resource: str, tmp_path: Path) -> None:
    """The standard writes such addresses of libraries (RFC 8089)."""
    (tmp_path / "my x.csv").write_text("x\n7\n")
    assert column(run(imported(resource), tmp_path), "x")[-1] == 7


def test_encrypted_models_are_refused() -> None:
    text = file(aux("x", "1")).replace("<model>", '<model encryption-scheme="AES-128-CBC">')
    with pytest.raises(HeadwaterError, match="encrypted"):
        read(text)


def test_a_header_is_no_must() -> None:
    assert column(run(file(aux("x", "TIME"), header="")), "x")[-1] == 5
    assert HEADER


def test_infinite_and_missing_numbers_are_numbers() -> None:
    """3.5.1: INF is a number of the language."""
    found = run(file(aux("x", "MIN(INF, 3)") + aux("y", "1 / INF")), finite=False)
    assert column(found, "x")[0] == 3
    assert column(found, "y")[0] == 0
    assert math.isinf(values(run(file(aux("z", "-INF")), finite=False), "z")[0])


def test_another_prefix_for_the_tools_own_elements() -> None:
    """What counts is the namespace that a prefix stands for."""
    text = file(aux("x", "TIME"), settings=specs(4, 1, more='isee:save_interval="2"'))
    renamed = text.replace("isee:", "st:").replace("xmlns:isee=", "xmlns:st=")
    assert run(renamed).coordinates["time"].tolist() == [0, 2, 4]


@pytest.mark.parametrize("name", ["m.xmile", "m.stmx", "m.itmx", "m.xml", "m.XMILE", "m"])
def test_a_file_is_known_by_its_extension_or_its_root(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(file(aux("x", "TIME")), encoding="utf-8")
    found = read_model(path)
    assert isinstance(found, Project)
    assert found.dialect == ("stella" if name in ("m.stmx", "m.itmx") else "xmile")


@pytest.mark.parametrize("method", ["Cycle Time", "cycle-time", "cycle_time"])
def test_cycle_time_is_eulers_method(method: str) -> None:
    """Stella's mode of that name tells what passes through apart; it integrates by Euler."""
    assert after_one(method) == 1.25**4


@pytest.mark.parametrize(
    ("text", "element"),
    [
        (file(aux("x", "1"), after="<sensitivity/>"), "<xmile> has an element <sensitivity>"),
        (
            file(aux("x", "1"), after='<isee:scenario name="high"/>'),
            "<xmile> has an element <isee:scenario>",
        ),
        (
            file(aux("x", "1")).replace("<model>", "<model><controls/>"),
            "<model> has an element <controls>",
        ),
        (
            file(aux("x", "1"), settings=specs().replace("<start>", "<tolerance/><start>")),
            "<sim_specs> has an element <tolerance>",
        ),
        (file(aux("x", "1", "<isee:gf/>")), "`x` has an element <isee:gf>"),
    ],
)
def test_elements_that_nothing_knows_are_told(text: str, element: str) -> None:
    assert element in warnings(read(text))


def test_what_tools_say_of_themselves_is_no_news() -> None:
    text = file(
        aux("x", "1", "<isee:summing/><isee:delay_aux/>"),
        before="<isee:prefs/><default_format precision='1'/><isee:equation_prefs/>",
    )
    assert not warnings(read(text))


def test_accents_may_be_characters_of_their_own() -> None:
    """Unicode: e with an acute accent is one character, or two that mean the same."""
    text = file(aux("caf\u00e9", "3") + aux("x", "cafe\u0301 + CAFE\u0301"))
    assert column(run(text), "x")[0] == 6
    assert column(run(file(aux("cafe\u0301", "3") + aux("x", "caf\u00e9"))), "x")[0] == 3


@pytest.mark.parametrize("name", ["model.xmile", "model.stmx"])
def test_what_leaves_the_range_of_its_slider_is_warned_of(name: str) -> None:
    text = file(aux("x", "TIME * 2", "<range min='0' max='7'/><units>Months</units>"))
    report = Model(read(text, name=name)).check(progress=False)
    assert {(f.severity, f.subject) for f in report.findings} == {("warning", "ranges")}
