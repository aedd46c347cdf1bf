"""Names of which a diagram breaks the lines: one line in results, the breaks again in the file."""

from __future__ import annotations

import pytest

from formats.xmile.xmile_texts import aux, file, read, run
from headwater.formats.xmile import write
from headwater.formats.xmile.names import identifier

BROKEN = (
    r'<stock name="Total\nPopulation"><eqn>100</eqn><inflow>births\nper_year</inflow></stock>'
    r'<flow name="births\nper year"><eqn>Total_Population * birth_rate</eqn></flow>'
    + aux(r"birth\nrate", "0.1")
)


def test_results_have_a_blank_where_the_line_breaks() -> None:
    results = run(file(BROKEN))
    assert [f.name for f in results.fields] == ["Total Population", "births per year", "birth rate"]
    for name in (r"births\nper year", "births per year", "births_per_year"):
        assert results[name].values[:3] == pytest.approx([10, 11, 12.1])  # 100 * 0.1 * 1.1^t


def test_the_break_is_written_again() -> None:
    project = read(file(BROKEN))
    text, losses = write(project)
    assert not losses
    for name in (r"Total\nPopulation", r"births\nper year", r"birth\nrate"):
        assert f'name="{name}"' in text
    assert read(text) == project


def test_a_quoted_name_keeps_its_other_escapes() -> None:
    assert identifier(r'"say \"so\"\nand \\n"') == r'say "so" and \n'
