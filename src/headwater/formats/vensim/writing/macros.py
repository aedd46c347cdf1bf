"""Macros as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from headwater.formats.losses import Losses
from headwater.formats.vensim.standard_macros import is_standard
from headwater.formats.vensim.writing.entries import EntryWriter
from headwater.formats.vensim.writing.expressions import Printer
from headwater.formats.vensim.writing.hidden import Hidden, outputs_among
from headwater.formats.vensim.writing.names import quoted
from headwater.language.names import canonical
from headwater.language.syntax import Name
from headwater.model.project import RESULT, Macro
from headwater.model.variables import AnyVariable, Auxiliary, Equation

MakeWriter = Callable[[Printer], EntryWriter]


class MacroWriter:
    """Writes the macros of a model; ``make`` gives a writer of entries for a printer."""

    def __init__(self, hidden: Hidden, make: MakeWriter, losses: Losses) -> None:
        self._hidden = hidden
        self._make = make
        self._losses = losses

    def write(self, macro: Macro) -> str:
        """Return a macro with its header and its end; nothing for what is written elsewhere."""
        if RESULT in macro.name or is_standard(macro):
            return ""
        if macro.documentation.strip():
            what = "the documentation of a macro is not written"
            self._losses.add(what, macro.name, macro.span)
        lookups = self._hidden.of_macro.get(canonical(macro.name), {})
        renamed = {v.key: short for short, v in lookups.items()}
        given = outputs_among(macro.variables, self._hidden.further)
        defined = {name.key for names in given.values() for name in names}
        printer = Printer(self._hidden.inline, given, renamed)
        writer = self._make(printer)
        outputs = f" : {', '.join(map(quoted, macro.outputs))}" if macro.outputs else ""
        parameters = ", ".join(map(quoted, macro.parameters))
        body = "".join(writer.write(v) for v in self._variables(macro) if v.key not in defined)
        own = "".join(writer.write(replace(v, name=short)) for short, v in lookups.items())
        header = f":MACRO: {quoted(macro.name)}({parameters}{outputs})\n"
        return f"{header}{body}{own}:END OF MACRO:\n\n"

    @staticmethod
    def _variables(macro: Macro) -> Iterator[AnyVariable]:
        yield from macro.variables
        key = canonical(macro.name)
        if macro.expression != Name(macro.name) or all(v.key != key for v in macro.variables):
            yield Auxiliary(name=macro.name, equations=(Equation(macro.expression),))
