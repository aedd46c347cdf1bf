"""Functions of Vensim that have a further output, as the macros that its manual gives for them."""

from __future__ import annotations

from dataclasses import replace

from headwater.formats.vensim.entries import Listing, list_entries
from headwater.formats.vensim.sections import split_sections
from headwater.language.names import canonical
from headwater.language.source import Source
from headwater.model.project import Macro

_DELAYP = """
:MACRO: DELAYP(input, delay time : pipeline)
DELAYP = level 3 / share ~~|
pipeline = level 1 + level 2 + level 3 ~~|
share = delay time / 3 ~~|
level 1 = INTEG(input - level 1 / share, input * share) ~~|
level 2 = INTEG(level 1 / share - level 2 / share, input * share) ~~|
level 3 = INTEG(level 2 / share - DELAYP, input * share) ~~|
:END OF MACRO:
"""
_TEXTS = {"delayp": _DELAYP}


def with_standard_macros(listing: Listing, text: str) -> Listing:
    """Return the listing with the macros of Vensim's own that the text mentions and lacks."""
    lowered = text.casefold()
    own = {canonical(span.text.partition("(")[0]) for span in listing.macros}
    for name, macro in _TEXTS.items():
        if name in lowered and name not in own:
            source = Source(_source_name(name), macro)
            more = list_entries(source, split_sections(source))
            number = len(listing.macros)
            entries = tuple(replace(e, macro=number) for e in more.entries)
            listing = Listing(
                (*listing.entries, *entries), listing.groups, (*listing.macros, *more.macros)
            )
    return listing


def is_standard(macro: Macro) -> bool:
    """Tell whether a macro is one of Vensim's own, which no file needs to define."""
    source = macro.span.source.name if macro.span else ""
    return source == _source_name(macro.name.partition(" : ")[0])


def _source_name(macro: str) -> str:
    return f"<{macro.upper()}>"
