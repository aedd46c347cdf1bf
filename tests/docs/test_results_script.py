"""The script that renews docs/results puts each command's output below its own line."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = """# Title

<!-- result: headwater one --times 1,2 -->

```text
```

Between.

<!-- result: headwater two -->

```text
old
lines
```

```text
another block
```
"""


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("results", ROOT / "scripts" / "results.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_outputs_stand_below_their_commands(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "printed", lambda command, _: f"of {command}")
    once = script.renewed(PAGE)
    assert "```text\nof headwater one --times 1,2\n```\n\nBetween." in once
    assert "```text\nof headwater two\n```\n\n```text\nanother block\n```\n" in once
    assert "old" not in once
    assert script.renewed(once) == once


def test_what_a_command_prints_is_taken_without_its_time(
    script: ModuleType, tmp_path: Path
) -> None:
    shown = script.printed("headwater list", tmp_path)
    assert "tajikistan" in shown
    assert script.SECONDS.sub("", "336,128 simulations, 66 s\nmore, 5 s of it") == (
        "336,128 simulations\nmore, 5 s of it"
    )
    with pytest.raises(SystemExit):
        script.printed("rm -r x", tmp_path)


def test_every_result_in_the_documentation_has_been_renewed(script: ModuleType) -> None:
    for path in sorted(script.FOLDER.glob("*.md")):
        for match in script.RESULT.finditer(path.read_text(encoding="utf-8")):
            assert match.group(0).count("\n") > 6, f"{path.name}: {match['command']}"
