"""The case's own prose: cited, linked, and without anything from outside."""

import pytest

from headwater.argument.ledger.sources import SourceRecord
from headwater.report.links import register, source_label
from headwater.report.prose import Prose
from report.made import made_result


@pytest.fixture(scope="module")
def prose() -> Prose:
    return Prose(register(made_result()))


def test_citations_become_links(prose: Prose) -> None:
    text = prose.inline("So it is [@bank2020; @paper, p. 3].")
    assert '<a href="#source-bank2020" title="A Bank. Wages &lt;of&gt; people. 2020.">' in text
    assert "; <a" in text and "</a>, p. 3)." in text


def test_an_unknown_citation_stays_as_it_is(prose: Prose) -> None:
    assert prose.inline("See [@nobody].") == "See (@nobody)."


def test_claims_can_be_cited(prose: Prose) -> None:
    assert 'href="#claim-leave"' in prose.inline("As [@leave] says.")


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b>",
        "<img src=x onerror=alert(1)>",
        "![a picture](https://example.org/p.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hello)",
        "[x](file:///etc/passwd)",
        "[x](//example.org/page)",
    ],
)
def test_nothing_foreign_gets_through(prose: Prose, text: str) -> None:
    html = str(prose.block(text))
    assert "<b" not in html and "<img" not in html and "<a" not in html


def test_links_to_parts_and_pages(prose: Prose) -> None:
    assert prose.inline("[the case](case.md#there)") == '<a href="#part-case.2emd">the case</a>'
    assert prose.inline("[gone](other.md)") == "gone"
    assert 'rel="noopener noreferrer"' in prose.inline("[out](https://example.org/)")


def test_names_of_variables_lead_to_their_equations(prose: Prose) -> None:
    assert prose.inline("`stay`") == '<a href="#variable-stay"><code>stay</code></a>'
    assert prose.inline("`nothing`") == "<code>nothing</code>"


def test_sections_follow_the_headings(prose: Prose) -> None:
    (part,) = made_result().case.parts
    found = prose.sections(part.source)
    assert [(s.level, s.title) for s in found] == [
        (1, "Work abroad"),
        (2, "Leaving"),
        (2, "Rivals and policies"),
    ]
    text = part.source.text
    assert text[found[1].start :].startswith("## Leaving")
    assert "stock migrants" in text[found[1].start : found[1].end]
    assert "<table>" in found[1].prose and "stock" not in found[1].prose
    assert "time:" not in "".join(s.prose for s in found)


@pytest.mark.parametrize(
    ("author", "title", "year", "label"),
    [
        ("Doe, Jane", "T", "2020", "Doe 2020"),
        ("Doe, Jane; Roe, Rick", "T", "2020-05", "Doe and Roe 2020"),
        ("Doe, J.; Roe, R.; Poe, A.", "T", "2020", "Doe and others 2020"),
        ("World Bank", "T", "", "World Bank"),
        ("", "Outlook 2019", "2019", "Outlook 2019"),
    ],
)
def test_short_names_of_sources(author: str, title: str, year: str, label: str) -> None:
    assert source_label(SourceRecord("x", "article", title, author, year)) == label
