"""The reference page of the builtins, made from the table.

``python -m headwater.language.builtins.page > docs/reference/builtins.md`` brings the page up to
date; a test holds that it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from headwater.language.builtins import BUILTINS, Builtin
from headwater.language.builtins.entry import Spelling

_HEAD = """\
# Builtin functions

This page is made from the table in `headwater.language.builtins`:
`python -m headwater.language.builtins.page > docs/reference/builtins.md`.

Names are case-insensitive; brackets mark arguments that can be left out. A function without
arguments is written without parentheses: `TIME`.

**Units** reads "arguments -> result". `x` and `y` are whatever unit the argument has, the same
wherever the letter occurs in one line; `time` is the model's unit of time; `1` is dimensionless;
`any` is not compared.

**Dimensions**: *element by element* means that arrays go in and an array of the same dimensions
comes out; *over an array* means that the wildcards of the argument (`a[*]`) go away; *both* means
over an array where the argument is one, element by element otherwise.
"""

_SHAPES = {
    "pointwise": "element by element",
    "aggregate": "over an array",
    "either": "both",
    "scalar": "one number",
}


def reference_page() -> str:
    """Return the whole page as Markdown."""
    themes = dict.fromkeys(b.theme for b in BUILTINS.values())
    sections = [_section(t, (b for b in BUILTINS.values() if b.theme == t)) for t in themes]
    return "\n".join([_HEAD, *sections])


def _section(theme: str, builtins: Iterable[Builtin]) -> str:
    entries = "\n".join(_entry(b) for b in builtins)
    return f"## {theme[0].upper()}{theme[1:]}\n\n{entries}"


def _entry(builtin: Builtin) -> str:
    units = ", ".join(str(p.unit) if p.unit else "any" for p in builtin.parameters)
    result = str(builtin.unit) if builtin.unit else "any"
    rows = [
        ("Units", f"{units} -> {result}" if units else result),
        ("Dimensions", _SHAPES[builtin.shape]),
    ]
    if builtin.definition:
        rows.append(("Definition", f"`{_with_defaults(builtin)}`"))
    rows.append(("Example", f"`{builtin.example}`"))
    for dialect, spellings in sorted(builtin.aliases.items()):
        rows.append((f"In {dialect.title()}", ", ".join(_spelling(builtin, s) for s in spellings)))
    rows.append(("Source", builtin.reference))
    lines = "\n".join(f"- {label}: {text}" for label, text in rows)
    return f"### `{builtin.signature}`\n\n{builtin.doc}\n\n{lines}\n"


def _with_defaults(builtin: Builtin) -> str:
    defaults = ", ".join(f"{name} = {value}" for name, value in builtin.defaults.items())
    return f"{builtin.definition}` with `{defaults}" if defaults else builtin.definition


def _spelling(builtin: Builtin, spelling: Spelling) -> str:
    more = ", ..." if builtin.repeats and spelling.max_args is None else ""
    shown = ", ".join(builtin.names_as(spelling)) + more
    return f"`{spelling.name}({shown})`" if shown else f"`{spelling.name}`"


if __name__ == "__main__":
    sys.stdout.write(reference_page())
