"""`headwater check` asks nothing of a Vensim model that only a case can state."""

from formats.vensim.running import control
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.checks import Plan, check_model

MODEL = "level = INTEG(-level / life, 8) ~ People ~|\nlife = 4 ~ Year ~|\n"


def test_constants_need_no_source_or_range() -> None:
    text = (MODEL + control(8, 0.125)).replace("= 0.125 ~~|", "= 0.125 ~ Year ~|")
    project = project_of(Source("m.mdl", text), None, "m")
    report = check_model(project, None, Plan(draws=2))
    assert [f.message for f in report.findings if f.subject in ("constants", "units")] == []
