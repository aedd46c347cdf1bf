"""What does not compile is told without making the program, and told the same."""

from pathlib import Path

import pytest

from headwater import load
from headwater.compiler import pipeline
from headwater.errors import HeadwaterError
from headwater.simulation import kept_programs

SOUND = """a = b + 1 ~~|
b = INTEG(1 - b, 0) ~~|
INITIAL TIME = 0 ~~| FINAL TIME = 2 ~~| TIME STEP = 1 ~~| SAVEPER = TIME STEP ~~|
"""


def _model(folder: Path, text: str) -> Path:
    path = folder / "model.mdl"
    path.write_text("{UTF-8}\n" + text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("b + 1", "missing + 1", "missing"),
        ("b + 1", "a + 1", "depends on itself"),
        ("TIME STEP = 1", "TIME STEP = -1", "step"),
        ("1 - b, 0", "1 - b, b + 1", "depends on itself"),
    ],
)
def test_a_faulty_model_is_told_of_in_the_same_words(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    model = load(_model(tmp_path, SOUND.replace(was, now)))
    with pytest.raises(HeadwaterError) as without:
        model.must_compile()
    with pytest.raises(HeadwaterError) as made:
        model.program()
    assert said in str(without.value)
    assert str(without.value) == str(made.value)


def test_a_sound_model_is_not_lowered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(pipeline, "lower", never)
    load(_model(tmp_path, SOUND)).must_compile()


def test_a_second_check_compiles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept_programs, "WORTH_SECONDS", 0.0)
    folder = tmp_path / "model"
    folder.mkdir()
    path = _model(folder, SOUND)
    first = load(path).check(progress=False)

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(pipeline, "compile_project", never)
    again = load(path).check(progress=False)
    assert again == first
    assert any(f.subject == "step and method" for f in again.findings)
