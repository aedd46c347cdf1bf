"""The page: complete, closed to the outside, escaped, accessible, the same twice."""

import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from headwater.argument.results import Speed, TestResult
from headwater.argument.verdicts import Verdict
from headwater.errors import HeadwaterError, MissingExtra
from headwater.report.page import report_html, write_report
from headwater.report.rendering import summary
from headwater.report.words import VERDICT_MEANING
from report.made import made_result
from report.made_findings import made_included

COMMAND = "headwater test work --runs 1000 --seed 7"
VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use", "circle", "rect", "line"}
LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href"}


class Page(HTMLParser):
    """Everything that a test asks of a page. ``figures`` has the text of each figure."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: list[str] = []
        self.pictures_outside = 0
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "figure":
            self.figures.append("")
        if tag == "svg" and found.get("role") == "img" and "figure" not in self.open:
            self.pictures_outside += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words.append(data)
        if "figure" in self.open:
            self.figures[-1] += f" {data}"

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [found for name, found in self.tags if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    return report_html(made_result(), command=COMMAND, included=made_included())


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_nothing_is_loaded_from_anywhere(html: str, page: Page) -> None:
    for tag, found in page.tags:
        assert not [name for name in found if name in LOADING], (tag, found)
        assert not [name for name in found if name.startswith("on")], (tag, found)
        if tag == "link":
            assert found["href"] == "data:,"
        if tag == "use":
            assert found["href"].startswith("#")
    assert {tag for tag, _ in page.tags}.isdisjoint({"iframe", "object", "embed", "img", "base"})
    assert "url(" not in html and "@import" not in html and "@font-face" not in html
    policy = next(m for m in page.all("meta") if "http-equiv" in m)
    assert policy["content"].startswith("default-src 'none';")


def test_links_lead_somewhere(page: Page) -> None:
    ids = set(page.ids)
    for found in page.all("a"):
        href = found["href"]
        assert href.startswith(("#", "https://example.org/")), href
        if href.startswith("#"):
            assert href[1:] in ids, href


def test_elements_are_balanced_and_ids_are_unique(page: Page) -> None:
    assert page.unbalanced == [] and page.open == []
    assert [name for name, number in Counter(page.ids).items() if number > 1] == []


def test_text_of_the_case_is_text(html: str, page: Page) -> None:
    assert "<script>alert" not in html
    assert len(page.all("script")) == 1
    for text in (
        "Work <abroad> & home",
        "Low wages <b>drive</b> people abroad & away.",
        'alert("prose")',
        "They left & never <i>returned</i>.",
        "nobody <counted> them",
        "a number <below> it would be a change",
        "Old <data>.",
        "Wages <of> people",
        "People abroad <now>.",
        "javascript:alert(1)",
    ):
        assert text in page.text, text


def test_every_part_is_there_in_its_order(page: Page) -> None:
    wanted = ["verdicts", "rivals", "claims", "policies", "drivers", "loops", "history"]
    wanted += ["hindcast", "checks", "equations", "sources", "limits"]
    places = [page.ids.index(name) for name in [*wanted, "rerun"]]
    assert places == sorted(places)
    for verdict in Verdict:
        assert verdict.value in page.text
        assert VERDICT_MEANING[verdict][1:] in page.text
    for name in ("leave", "stay", "more", "built", "count", "guess", "aside"):
        assert f"claim-{name}" in page.ids


def test_a_card_says_everything_of_its_claim(page: Page) -> None:
    text = page.text
    for piece in (
        "What data say",
        "What the model says",
        "at( migrants , 2015) >= 100",
        "migrants over those of 2000",
        "0.9 (0.6 to 1.3)",
        "Wages decide",
        "pull as stated",
        "The claim: at least 0.4; the data fall short of it by 25%.",
        "the claimed figure lies inside the interval",
        "No weather in the model.",
        "The condition names no single link of its own",
        "it was built in",
    ):
        assert piece in text, piece


def test_an_equation_shows_what_it_rests_on(page: Page) -> None:
    text = page.text
    for piece in (
        "nobody <counted> them",
        "Assumption",
        "around 2.5, by a factor of about 1.3 (lognormal)",
        "A Bank 2020",
        "500 to 2000",
        "(2000, 0.2) (2010, 1)",
        "structure: networks",
        "Doe and others 2021",
    ):
        assert piece in text, piece
    assert {"variable-stay", "variable-migrants", "rival-wages.2emood"} <= set(page.ids)


def test_policies_are_compared_at_both_horizons(page: Page) -> None:
    text = page.text
    assert "a short horizon, 2015, and a long one, 2020" in text
    assert "120 100 to 140" in text  # no change in 2020
    assert "90 70 to 110" in text  # the crackdown in 2020
    assert "Probes: settings that nobody could carry out" in text
    figures = [f for f in page.all("svg") if f.get("role") == "img"]
    # Two outcomes × (medians + two fans + medians of two structures), two histories, one
    # difference; a loop, two series of the hindcast, and mixes at two times.
    assert len(figures) == 2 * 5 + 2 + 1 + 1 + 2 + 2


def test_every_figure_states_size_seed_and_origin(page: Page) -> None:
    assert page.pictures_outside == 0
    assert len(page.figures) > 25
    for text in page.figures:
        told = " ".join(text.split()).rpartition("Sample:")[2]
        assert re.search(r"\d[\d,]* (draws?|cases?|runs?)\b", told), text
        assert re.search(r"seed \d+", told), text
        assert re.search(r"\b(prior|posterior)\b", told), text


def test_a_posterior_is_never_called_a_prior(result: TestResult) -> None:
    origin = "posterior of 3 constants, fitted to 2 series of 2001 to 2008"
    fitted = replace(result, settings=replace(result.settings, drawn_from=origin))
    page = Page(report_html(fitted, command=COMMAND))
    drawn = [t for t in page.figures if "nothing is drawn" not in t]
    assert len(drawn) >= len(page.figures) - 1
    assert all(origin in " ".join(text.split()) for text in drawn)


def test_figures_say_their_sample(page: Page) -> None:
    pieces = ("2,000 cases each (1,000 draws × 2 structures = 2,000 cases), seed 7; prior:",)
    for piece in (*pieces, "Off by 4.2 % on average over 2002 to 2010 (3 points)"):
        assert piece.replace(" %", "%") in page.text, piece
    assert "set constants" in page.text and "held out" in page.text


def test_it_can_be_used_without_seeing(page: Page) -> None:
    assert page.tags[0][0] == "html" and page.tags[0][1]["lang"] == "en"
    for figure in page.all("svg"):
        assert figure.get("aria-label") or figure.get("aria-hidden") == "true"
    for header in page.all("th"):
        assert header.get("scope") in {"col", "row", "rowgroup"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    skip = page.all("a")[0]
    assert skip["class"] == "skip" and skip["href"][1:] in page.ids


def test_the_same_test_gives_the_same_bytes(result: TestResult, html: str) -> None:
    slower = replace(result, speed=Speed(99.0, 12_000, 9.0))
    assert report_html(slower, command=COMMAND, included=made_included()) == html


def test_where_a_case_lies_does_not_matter(tmp_path: Path, html: str) -> None:
    again = report_html(made_result(tmp_path), command=COMMAND, included=made_included())
    assert again == html
    assert str(tmp_path) not in html


def test_it_stays_small(html: str) -> None:
    assert len(html.encode()) < 200_000


def test_a_case_without_policies_or_history_has_a_page(result: TestResult) -> None:
    case = replace(result.case, policies=(), comparisons=(), outcomes=(), parts=(), limits=())
    bare = replace(result, case=case, fans=(), histories=(), sources=(), judged=None, checked=None)
    page = Page(report_html(bare, command=COMMAND))
    assert "policies" not in page.ids and "history" not in page.ids
    assert "variable-stay" in page.ids
    assert all(a["href"][1:] in page.ids for a in page.all("a") if a["href"].startswith("#"))


def test_the_file_is_written_whole(result: TestResult, html: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    write_report(result, path, command=COMMAND, included=made_included())
    assert path.read_bytes() == html.encode()
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_one_clear_error(
    result: TestResult, tmp_path: Path
) -> None:
    folder = tmp_path / "report.html"
    folder.mkdir()
    with pytest.raises(HeadwaterError, match="is a folder"):
        write_report(result, folder, command=COMMAND)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_missing_packages_are_named(result: TestResult, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.startswith("headwater.report.")]:
        if name != "headwater.report.page":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingExtra, match=r"headwater\[report\]"):
        report_html(result, command=COMMAND)


def test_rivals_are_spoken_of_only_where_the_case_has_some(result: TestResult) -> None:
    alone = replace(result, settings=replace(result.settings, variants=("only",)))
    assert "under every rival structure" in summary(result)
    assert "rival" not in summary(alone)
    assert "in nearly all cases" in summary(alone)
