"""`headwater check` asks nothing of a Vensim model that only a case can state."""

from formats.vensim.running import control
from headwater.formats.vensim import project_of, write
from headwater.language.source import Source
from headwater.simulation.checks import Plan, check_model

MODEL = "level = INTEG(-level / life, 8) ~ People ~|\nlife = 4 ~ Year ~|\n"


def test_constants_need_no_source_or_range() -> None:
    text = (MODEL + control(8, 0.125)).replace("= 0.125 ~~|", "= 0.125 ~ Year ~|")
    project = project_of(Source("m.mdl", text), None, "m")
    report = check_model(project, None, Plan(draws=2))
    assert [f.message for f in report.findings if f.subject in ("constants", "units")] == []


def test_ranges_are_for_sliders_and_only_warn() -> None:
    text = MODEL.replace("People", "People [0,5]").replace("Year ~", "Year [0,3,1] ~")
    project = project_of(Source("m.mdl", text + control(8, 0.125)), None, "m")
    report = check_model(project, None, Plan(draws=2))
    found = [f for f in report.findings if f.subject == "ranges"]
    assert [(f.severity, f.message) for f in found] == [
        ("warning", "`level` is 8, outside its range 0 to 5"),
        ("warning", "`life` is 4, outside its range 0 to 3"),
    ]


def test_ranges_that_only_a_run_leaves_are_found() -> None:
    """The stock begins at twice the lifetime of 4, which no number states."""
    text = MODEL.replace("8) ~ People", "start) ~ People [0,7]") + "start = 2 * life ~ People ~|\n"
    project = project_of(Source("m.mdl", text + control(8, 0.125)), None, "m")
    report = check_model(project, None, Plan(draws=2))
    found = [f.message for f in report.findings if f.subject == "ranges"]
    assert found == ["`level` leaves its range 0 to 7 at time 0 with central values: level = 8"]


def test_what_stands_on_several_lines_is_quoted_on_one() -> None:
    text = (
        "people of the city = 4 ~ People ~|\nlife = 2 ~ Year ~|\n"
        "odd = people of\\\n\t\tthe city\n\t+ life * life * life * life * life * life * life * "
        "life * life * life\n\t~ People ~|\n"
    )
    project = project_of(Source("m.mdl", text + control(8)), None, "m")
    report = check_model(project, None, Plan(draws=2))
    (found,) = [
        f.message for f in report.findings if f.subject == "units" and "odd" not in f.message
    ]
    assert "`people of the city` is in `People`" in found
    assert "`life * life * life * life * life * life * life * life * life…` in `year^10`" in found


def test_names_made_equal_to_dimensionless_are_no_units() -> None:
    text = (
        "share = 0.5 ~ dmnl ~|\nodds = share / (1 - share) * share ~ Ratio ~|\n"
        "people = 4 ~ People ~|\nmen = people * odds * EXP(-odds) ~ Person ~|\n"
    )
    settings = (
        "\\\\\\---/// S\n///---\\\\\\\n:L\n22:Dmnl,dmnl,Ratio,dimensionless\n22:Person,People\n"
    )
    project = project_of(Source("m.mdl", text + control(8) + settings), None, "m")
    for model in (project, project_of(Source("m.mdl", write(project, "m").text), None, "m")):
        report = check_model(model, None, Plan(draws=2))
        assert [f.message for f in report.findings if f.subject == "units"] == []
