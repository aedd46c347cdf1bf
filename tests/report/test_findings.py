"""What the page says of drivers, rivals, loops, policies, hindcasts, mixes, flips and checks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headwater.argument.results import Settings, TestResult
from headwater.model.variables import Data, Series
from headwater.report.caveats import column_caveats
from headwater.report.page import report_html
from headwater.report.results_files import claims_csv, verdicts_json
from headwater.report.sizes import caution, drawn
from report.made import made_case, made_result
from report.made_findings import made_included
from report.test_page import COMMAND, Page


@pytest.fixture(scope="module")
def text() -> str:
    """The page's text."""
    html = report_html(made_result(), command=COMMAND, included=made_included())
    return Page(html).text


def says(text: str, *pieces: str) -> None:
    """Every piece stands in the text."""
    missing = [piece for piece in pieces if piece not in text]
    assert not missing


def test_drivers_over_time(text: str) -> None:
    says(
        text,
        "2010: goes up with which structure is right (20%)",  # `pull` is not noticeable yet
        "2015: goes up with more pull (40%) and which structure is right (10%)",
        "2020: goes up with less pull (60%)",
        "inputs in combination, and weaker ones",
        "Sample: 1,000 draws × 2 structures, seed 7; prior",
    )


def test_rivals_side_by_side(text: str) -> None:
    # `leaving` is met in 40% and 95% of the cases; the other three agree, one is built in.
    says(
        text,
        "They disagree on 1 of 5 conditions",
        "supports 1 condition, goes against 2, leaves 1 open",
        "supports 2 conditions, goes against 2, leaves 0 open",
    )


def test_loops_and_claims_without_them(text: str) -> None:
    says(
        text,
        "Reinforcing: a push goes round and comes back as a push the same way. They <draw> others.",
        "migrants → departures → migrants",
        "12 single loops in the model, the strongest of more than can be listed",
        "reinforcing, 40% of the change on average; half of it or more from 2015 to 2018",
        "Never acts in this run.",
        "departures sees migrants stand still from 2010 on",
        "met less often with the loop than without it",
        "Sample: 300 draws × 2 structures, with the loop and without it; seed 3",
        "Followers : met in 40% with it, 60% without",
    )


def test_policies_judged_case_by_case(text: str) -> None:
    says(
        text,
        "Migrants abroad in 2015: which course to regret least",
        "Good enough: at most 80% of what the baseline gives in the same case.",
        "Under every structure “No change” is regretted least.",
        "“No change” begun 5 years later: in 2020 worse in 75% of the cases",
        "not measured: wall",
        "every lever at the same price",
        "minus that under “No change” in the very same case",
    )


def test_a_hindcast_says_where_the_model_loses(text: str) -> None:
    says(
        text,
        "The model loses to a naive forecast in 1 of 2 series: departures.",
        "Told nothing of them: the model loses to a naive forecast in 1 of 1 series: departures.",
        "It was told 2 series of the later years",
        "level 50%, trend or swing 25%, the rest 25%",
        "had not settled",
        "Without data in one of the two periods: returns.",
        "posterior: fitted to 2001 to 2006",
        "Off by 1.0% on average in the fitted years and by 30.0% after them. A naive forecast",
    )


def test_mixes_and_policies_in_one_picture(text: str) -> None:
    says(
        text,
        "Better mixes of levers: Migrants abroad",
        "2 Crackdown 0.4 0.90 1.10",
        "removal 6 0.5 0.80 0.70",
        "all levers as they are 0.0 1.00 1.00",
        "400 mixes tried on 60 draws, those shown judged on 500 draws of their own, seed 5",
    )


def test_the_smallest_change(text: str) -> None:
    says(
        text,
        "It turns with stay from 2.5 years to 2 years (20% of its draws are lower).",
        "and the structure “Networks decide”, it cannot be computed.",
        "seed 2 to find and 3 to verify; inputs from the stated ranges (prior).",
    )


def test_checks_in_short(text: str) -> None:
    says(
        text,
        "Units met",
        "Ranges worth a look",
        "Pull leaves its range (structure wages).",
        "With half the step the change is 0.2% (stay).",
        "over 16 draws under each of 2 structures, seed 7",
    )


def test_commands_of_what_was_included(text: str) -> None:
    says(text, "headwater loops work --claims", "headwater hindcast work", "headwater mix work")


def test_nothing_is_said_of_what_is_not_there() -> None:
    page = Page(report_html(made_result(), command=COMMAND))
    assert {"loops", "hindcast"}.isdisjoint(page.ids)
    assert "Better mixes" not in page.text and "The smallest change" not in page.text


def test_few_draws_call_for_caution(result: TestResult) -> None:
    # Shares of 1,000 cases: 2 points to either side under a structure, 1.5 overall.
    few = replace(result, settings=replace(result.settings, runs=120))
    assert "With 120 draws, another seed may move a share by up to 2 points" in caution(few)
    assert "That is coarse" in caution(few)
    assert "That is coarse" not in caution(result)
    nothing = replace(result, expectations=())
    assert caution(nothing) == ""


def test_where_inputs_were_drawn_from(result: TestResult) -> None:
    settings: Settings = result.settings
    assert drawn(settings).startswith("prior")
    fitted = replace(settings, drawn_from="posterior of 2 constants")
    assert drawn(fitted).startswith("posterior of 2 constants")


def test_results_for_programs(result: TestResult) -> None:
    found = json.loads(verdicts_json(result))
    assert found["settings"]["drawn_from"] == "prior"
    assert found["drivers_over_time"][0]["inputs"][0]["share"] == [0.1, 0.4, 0.6]
    worst = next(p for p in found["policies"] if p["policy"] == "crackdown" and p["time"] == 2020)
    assert (worst["regret_p90"], worst["effort"], worst["structure"]) == (10.0, 0.4, None)
    assert found["checks"]["findings"][1]["structure"] == "wages"


def test_a_case_of_one_structure_has_no_nameless_column(result: TestResult) -> None:
    one = replace(result, settings=replace(result.settings, variants=("",)))
    head = claims_csv(one).splitlines()[0].split(",")
    assert "share" in head and not [c for c in head if c.startswith("share_")]


def test_caveats_of_the_columns_behind_a_series(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    package = {
        "resources": [
            {
                "path": "wages.csv",
                "schema": {
                    "fields": [
                        {"name": "value", "caveats": "Counted\n twice."},
                        {"name": "year", "caveats": "In spring."},
                    ]
                },
            },
            {"path": "other.csv", "schema": {"fields": [{"name": "value", "caveats": "No."}]}},
        ]
    }
    (tmp_path / "data" / "datapackage.json").write_text(json.dumps(package))
    case = made_case(tmp_path)
    numbers = np.array([1.0, 2.0])
    series = Series(numbers, numbers, origin="data/wages.csv:value")
    data = Data(name="wages", unit="1", series=(series,))
    case = replace(case, folder=tmp_path, project=replace(case.project, variables=(data,)))
    assert column_caveats(case, {"wages"}) == ("Counted twice.",)
    assert column_caveats(case, {"elsewhere"}) == ()
    (tmp_path / "data" / "datapackage.json").write_text("{")
    assert column_caveats(case, {"wages"}) == ()
