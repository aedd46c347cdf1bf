"""The claims ledger: what is accepted, and one clear error for each thing that is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.argument.ledger.anchors import resolve
from headwater.argument.ledger.claims import Known, State, cross_check, read_ledger
from headwater.argument.ledger.sources import read_sources
from headwater.errors import CaseError, Diagnostics, HeadwaterError

TEXT = "Dams are built. Dry years follow; the river falls. Farms fail."
SPAN = (16, 49)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def claim(**changes: object) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": "river-falls",
        "text": "Dry years lower the river.",
        "kind": "cause",
        "state": "tested",
        "target": {
            "selector": [
                {"type": "TextPositionSelector", "start": SPAN[0], "end": SPAN[1]},
                {"type": "TextDigestSelector", "value": digest(TEXT[SPAN[0] : SPAN[1]])},
            ]
        },
    }
    entry.update(changes)
    return {k: v for k, v in entry.items() if v is not None}


def write(folder: Path, *claims: object, **top: object) -> Path:
    path = folder / "claims.yaml"
    document = {"source": "report", "document": {"sha256": digest(TEXT)}, "claims": list(claims)}
    path.write_text(yaml.safe_dump(document | top, sort_keys=False), encoding="utf-8")
    return path


def test_a_good_ledger(tmp_path: Path) -> None:
    ledger = read_ledger(write(tmp_path, claim(), claim(id="other", state="assumed")))
    assert [c.id for c in ledger.claims] == ["river-falls", "other"]
    assert ledger.claims[1].state is State.ASSUMED
    assert (ledger.claims[0].anchor.start, ledger.claims[0].anchor.end) == SPAN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"state": None}, "has no end state"),
        ({"reasn": "why"}, "unknown key `reasn`"),
        ({"evidence": [{"claimed": 3, "observed": 3, "unti": "m"}]}, "unknown key `unti`"),
        ({"state": "proven"}, "`proven` is not one of"),
        ({"kind": None}, "has no kind"),
        ({"text": None}, "has no `text`"),
        ({"target": None}, "is not anchored"),
        ({"state": "out-of-scope"}, "out of scope without a reason"),
        ({"state": "data-checked"}, "data-checked without evidence"),
        ({"evidence": [{"claimed": 3}]}, "neither `compute` nor `observed`"),
        ({"evidence": [{"claimed": float("nan"), "observed": 1}]}, "finite number"),
        (
            {"evidence": [{"claimed": 1, "compute": "at(x, "}]},
            "expected|missing|ends|closed|operand",
        ),
        ({"target": {"selector": [{"type": "XPathSelector"}]}}, "unknown selector"),
        (
            {"target": {"selector": [{"type": "TextPositionSelector", "start": 9, "end": 4}]}},
            "0 <= start < end",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(CaseError, match=message) as caught:
        read_ledger(write(tmp_path, claim(), claim(id="second", **change)))
    for found in caught.value.diagnostics:
        assert found.place is not None
        assert found.place.line > 10  # in the second claim, not at the top of the file


def fragment(**changes: object) -> dict[str, object]:
    selector = {"type": "FragmentSelector", "value": "equation 7", "known": "recalled"} | changes
    return {"selector": [{k: v for k, v in selector.items() if v is not None}]}


def test_a_place_may_stand_in_for_a_span(tmp_path: Path) -> None:
    ledger = read_ledger(write(tmp_path, claim(target=fragment()), claim(id="spanned")))
    placed, spanned = (c.anchor for c in ledger.claims)
    assert (placed.fragment, placed.known, placed.is_span) == ("equation 7", Known.RECALLED, False)
    assert spanned.is_span and spanned.known is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"known": None}, "does not say how its place in the source is known"),
        ({"known": "guessed"}, "`guessed` is not one of: seen, reported, recalled"),
        ({"value": None}, "is not anchored"),
    ],
)
def test_a_place_says_where_it_is_and_how_it_is_known(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(CaseError, match=message):
        read_ledger(write(tmp_path, claim(target=fragment(**changes))))


def test_a_place_is_not_verified_against_a_text(tmp_path: Path) -> None:
    ledger = read_ledger(write(tmp_path, claim(), claim(id="placed", target=fragment())))
    with pytest.raises(CaseError, match="`placed` names a place in the source, not a span"):
        resolve(ledger, TEXT, "report.txt")


def test_several_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        read_ledger(write(tmp_path, claim(state=None), claim(id="b", kind="guess"), claim(id="b")))
    assert len(caught.value.diagnostics) == 2


def test_an_id_may_stand_once(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="stands here twice"):
        read_ledger(write(tmp_path, claim(), claim()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"claims: [", "not valid YAML"),
        (b"claims: \xff\xfe", "not UTF-8"),
        (b"\x00\x01\x02", "binary file"),
        (b"", "the file is empty"),
        (b"claims: []\n", "names no `source`"),
        (b"source: a\nsource: b\n", "stands here twice"),
        (b"source: a\nclaims: 3\n", "expected a list"),
        (b"source: a\nclaims: !!python/object:os.system x\n", "not valid YAML"),
    ],
)
def test_files_that_are_no_ledger(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "claims.yaml"
    path.write_bytes(content)
    with pytest.raises(CaseError, match=message):
        read_ledger(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="there is no claims ledger"):
        read_ledger(tmp_path / "claims.yaml")


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "claims.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HeadwaterError):
        read_ledger(path)


def test_aliases_cannot_blow_a_ledger_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    path = tmp_path / "claims.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CaseError, match="more than"):
        read_ledger(path)


def test_quotes_are_verified_against_the_text(tmp_path: Path) -> None:
    ledger = read_ledger(write(tmp_path, claim()))
    assert resolve(ledger, TEXT, "report.txt") == {"river-falls": TEXT[SPAN[0] : SPAN[1]]}
    with pytest.raises(CaseError, match="not the document"):
        resolve(ledger, TEXT + " ", "report.txt")


def test_a_span_that_is_not_in_the_text_fails_closed(tmp_path: Path) -> None:
    wrong = claim()
    wrong["target"]["selector"][0]["end"] = SPAN[1] + 1  # type: ignore[index]
    ledger = read_ledger(write(tmp_path, wrong))
    with pytest.raises(CaseError, match="not in the source"):
        resolve(ledger, TEXT, "report.txt")
    quoted = claim(target={"selector": [{"type": "TextQuoteSelector", "exact": "Rain falls."}]})
    ledger = read_ledger(write(tmp_path, quoted))
    with pytest.raises(CaseError, match="not in the source"):
        resolve(ledger, TEXT, "report.txt")


def test_end_states_must_be_true_of_the_case(tmp_path: Path) -> None:
    ledger = read_ledger(write(tmp_path, claim(), claim(id="assumed-one", state="assumed")))
    problems = Diagnostics()
    cross_check(ledger, {"report"}, tested={"river-fals"}, rested_on=set(), problems=problems)
    text = "\n".join(d.render() for d in problems.items)
    assert "`river-falls` is said to be tested, but no expectation" in text
    assert "`assumed-one` is said to be assumed, but no equation" in text
    assert "did you mean `river-falls`?" in text
    problems = Diagnostics()
    cross_check(ledger, {"report"}, {"river-falls"}, {"assumed-one"}, problems)
    assert not problems.items


def test_sources_need_an_id_and_a_title(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(
        "- {id: report, type: report, title: Rivers, issued: {date-parts: [[2024, 3]]},\n"
        "   author: [{family: Newcombe, given: Robert}, {literal: World Bank}]}\n",
        encoding="utf-8",
    )
    (record,) = read_sources(path)
    assert (record.year, record.author) == ("2024-3", "Newcombe, Robert; World Bank")
    path.write_text("- {id: report, type: report}\n", encoding="utf-8")
    with pytest.raises(CaseError, match="no `title`"):
        read_sources(path)
