"""Findings in files: the same when read back, and refused where they do not belong."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.argument.saved.codec import decode, encode
from headwater.argument.saved.files import (
    read_findings,
    read_included,
    write_findings,
)
from headwater.argument.saved.findings import KINDS, Saved, SavedLoops, SavedMixes
from headwater.argument.saved.state import state_of
from headwater.argument.verdicts import Share, Verdict
from headwater.errors import DataError, UsageError
from headwater.model.case import Case
from report.made import made_case
from report.made_findings import made_flips, made_hindcast, made_loops, made_mixes

EVERY = (made_loops(), made_hindcast(), made_flips(), made_mixes())


@pytest.mark.parametrize("saved", EVERY, ids=lambda s: s.about.kind)
def test_what_is_read_is_what_was_written(saved: Saved, tmp_path: Path) -> None:
    path = tmp_path / "new" / "found.json"
    write_findings(saved, path)
    assert encode(read_findings(path)) == encode(saved)
    assert type(read_findings(path)) is type(saved)
    first = path.read_bytes()
    write_findings(saved, path)
    assert path.read_bytes() == first


def test_numbers_that_are_not_finite_come_back_as_nan() -> None:
    share = Share(math.nan, 0.0, 1.0, 3)
    assert encode(share)["value"] is None
    assert math.isnan(decode(Share, encode(share)).value)
    assert decode(Verdict, encode(Verdict.DEPENDS)) is Verdict.DEPENDS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("found"), "`found` is missing"),
        (lambda d: d["about"].update(seed="one"), "not what is expected"),
        (lambda d: d["about"].update(seed=True), "not what is expected"),
        (lambda d: d["about"].update(kind="other"), "cannot be read"),
        (lambda d: d["found"].update(times=3), "not what is expected"),
        (lambda d: d["found"]["found"][0].update(levels=[1]), "not what is expected"),
        (lambda d: d.update(format="other"), "holds no findings"),
    ],
)
def test_a_file_that_was_tampered_with_is_one_clear_error(change, said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "found.json"
    write_findings(made_mixes(), path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(DataError, match=said) as caught:
        read_findings(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        read_findings(path)


def belonging(case: Case, saved: SavedLoops | SavedMixes) -> SavedLoops | SavedMixes:
    """The same findings, as if made with this case."""
    return replace(saved, about=replace(saved.about, state=state_of(case, saved.about.kind)))


def test_folders_are_searched_and_other_files_left_alone(tmp_path: Path) -> None:
    case = made_case()
    write_findings(belonging(case, made_loops()), tmp_path / "b.json")
    write_findings(belonging(case, made_mixes()), tmp_path / "a.json")
    (tmp_path / "other.json").write_text('{"no": "findings"}')
    (tmp_path / "binary.json").write_bytes(b"\xff\xff")
    found = read_included([tmp_path], case)
    assert len(found.loops) == len(found.mixes) == 1
    assert found.hindcasts == () and found.flips == ()
    assert read_included([], case).loops == ()


def test_findings_of_another_state_of_the_case_are_refused(tmp_path: Path) -> None:
    case = made_case()
    write_findings(belonging(case, made_loops()), tmp_path / "loops.json")
    changed = replace(case, policies=case.policies[:1])
    with pytest.raises(UsageError, match="another state of this case") as caught:
        read_included([tmp_path / "loops.json"], changed)
    assert "headwater loops work --claims" in str(caught.value)


def test_a_place_without_findings(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UsageError, match="no findings"):
            read_included([path], made_case())


def test_what_counts_for_the_state_depends_on_the_kind() -> None:
    case = made_case()
    described = replace(case, description="other", limits=())
    silent = replace(case, expectations=())
    for kind in KINDS:
        assert state_of(case, kind) == state_of(described, kind)
        assert state_of(case, kind) != state_of(replace(case, variants=()), kind)
    assert state_of(case, "mixes") == state_of(silent, "mixes")
    assert state_of(case, "hindcast") == state_of(silent, "hindcast")
    assert state_of(case, "flips") != state_of(silent, "flips")
    assert state_of(case, "loops") != state_of(silent, "loops")
