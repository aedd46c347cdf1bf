"""``headwater test``: a small case from text to verdicts, and cases that are not in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calling import call
from headwater.formats.literate.template import create_case


@pytest.fixture
def town(tmp_path: Path) -> Path:
    folder = tmp_path / "town"
    create_case(folder)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def without_speed(text: str) -> str:
    """Return a scorecard without the line that says how fast it was made."""
    return re.sub(r"Size .*?second", "", text, flags=re.DOTALL)


def test_a_test_prints_verdicts_and_writes_the_report(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    result = call("test", town, "--runs", 30, "--seed", 2, "--output", out)
    assert result.exit_code == 0, result.output
    assert "holds" in result.stdout
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")


def test_the_same_seed_gives_the_same_bytes_at_any_number_of_threads(
    town: Path, tmp_path: Path
) -> None:
    cards = []
    for name, threads in (("a", 1), ("b", 2)):
        words = ["--runs", 30, "--output", tmp_path / name, "--threads", threads]
        cards.append(without_speed(call("test", town, *words).stdout))
    assert cards[0] == cards[1]
    pages = [(tmp_path / n / "report.html").read_bytes() for n in "ab"]
    assert pages[0] == pages[1]


def _unit_clash(town: Path) -> None:
    edit(town / "case.md", "stock water : m3 =", "stock water : person =")


def _circular(town: Path) -> None:
    edit(town / "case.md", "aux fill : 1 = water / capacity", "aux fill : 1 = demand / capacity")


def _division_by_zero(town: Path) -> None:
    edit(town / "case.md", "= water / capacity", "= water / (capacity - 6000000)")


def _claim_without_an_end(town: Path) -> None:
    text = (town / "claims.yaml").read_text(encoding="utf-8")
    (town / "claims.yaml").write_text(
        re.sub(r"\n +state: \S+", "", text, count=1), encoding="utf-8"
    )


def _claim_unknown(town: Path) -> None:
    edit(town / "case.md", "because town-grows", "because town-grew")


def _no_claims(town: Path) -> None:
    (town / "claims.yaml").unlink()


def _no_data(town: Path) -> None:
    (town / "data" / "population.csv").unlink()


def _binary_claims(town: Path) -> None:
    (town / "claims.yaml").write_bytes(bytes(range(256)))


MALFORMED = [
    _unit_clash,
    _circular,
    _division_by_zero,
    _claim_without_an_end,
    _claim_unknown,
    _no_claims,
    _no_data,
    _binary_claims,
]


@pytest.mark.parametrize("spoil", MALFORMED, ids=lambda f: f.__name__.strip("_"))
@pytest.mark.parametrize("verb", ["test", "check"])
def test_a_case_that_is_not_in_order_is_refused_with_a_place(
    town: Path, tmp_path: Path, spoil, verb: str
) -> None:
    spoil(town)
    out = tmp_path / "result"
    words = ["--runs", 10, "--output", out] if verb == "test" else []
    result = call(verb, town, *words)
    assert result.exit_code == 2, result.output
    assert "error: " in result.output
    assert re.search(r"(case\.md|claims\.yaml|population\.csv)", result.output)
    assert "Traceback" not in result.output
    assert not out.exists()


def test_a_model_without_claims_cannot_be_put_to_the_test(tmp_path: Path) -> None:
    result = call("test", tmp_path / "none.md")
    assert result.exit_code == 2
