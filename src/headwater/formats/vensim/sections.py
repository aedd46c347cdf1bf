"""The three parts of a model file: equations, sketches, settings."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from headwater.language.source import Source

_SKETCH = re.compile(r"^\\{2,3}---///[^\n]*$", re.MULTILINE)
_SETTINGS = re.compile(r"^///---\\{2,3}[^\n]*$", re.MULTILINE)
_SETTING = re.compile(r"^[ \t]*(\d{1,4}):(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the settings: its number says what it sets."""

    code: int
    value: str


@dataclass(frozen=True, slots=True)
class Sections:
    """Where the equations end, the text of each sketch, and the settings."""

    equations_end: int
    sketches: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()

    def values(self, code: int) -> list[str]:
        """Return the settings of one number, in their order."""
        return [s.value for s in self.settings if s.code == code]


def split_sections(source: Source) -> Sections:
    """Return the parts of a file. A file without sketches or settings has equations only."""
    text = source.text
    starts = [m.start() for m in _SKETCH.finditer(text)]
    settings = _SETTINGS.search(text, starts[-1] if starts else 0)
    end = settings.start() if settings else len(text)
    bounds = [*starts, end]
    sketches = tuple(text[a:b].rstrip("\n") + "\n" for a, b in itertools.pairwise(bounds))
    listed = _SETTING.findall(text, settings.end()) if settings else []
    return Sections(bounds[0], sketches, tuple(Setting(int(code), value) for code, value in listed))
