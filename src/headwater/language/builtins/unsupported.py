"""Functions that a vendor's manual lists and that are not computed here, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, walk

_QUEUE = "what it counts is not known here; QUEUE AGE IN RANGE and QUEUE ATTRIB QUANTITY are"
_DATA = (
    "it makes a new data series before the run, by rules that are not published; compute the "
    "series in the data's own file"
)
_STAMPS = (
    "it counts from flows that stamp what they move with the time: mark one, by the clause "
    "`stamped` or in XMILE by <headwater:time_stamp/> (how Stella's files mark it is not published)"
)
_FLOW_ALONE = _STAMPS + "; give it the flow alone, for what more it may be given is not published"
_LEFT_OUT = (
    "the tool that wrote the file left out what it reads; read the Vensim model itself, or write "
    "the values"
)
_CLOCK = "it tells of the computer and not of the model, so that no run could be repeated"
_OF_VERSION_9 = "it is what STELLA called {} before its version 10: write that"
_PLAY = "it belongs to a game or its interface; give the variable a value of its own"
_MACRO = (
    "Vensim has no such function: models of climate policy bring a macro of that name; copy its "
    "text, from `:MACRO:` to `:END OF MACRO:`, to the beginning of this file"
)

_VENSIM = {
    "PROPAGATE": _DATA,
    "NET PRESENT VALUE": "the manual at hand does not say all that it does; NPV and NPVE are read",
    "QUEUE ATTRIB IN RANGE": _QUEUE,
    "QUEUE QUANTITY IN RANGE": _QUEUE,
    "MESSAGE": _PLAY,
    "SSHAPE": _MACRO,
    "RAMP FROM TO": _MACRO,
    "PROBABILITY": "the manual at hand does not have it; `IF THEN ELSE(RANDOM 0 1() < p, 1, 0)` "
    "is 1 by a chance of p in each step",
}
_STELLA = {
    **dict.fromkeys(("CTMAX", "CTMIN"), _STAMPS),
    **dict.fromkeys(("CTMEAN", "CTSTDDEV", "CTFLOW", "CYCLETIME", "THROUGHPUT"), _FLOW_ALONE),
    **dict.fromkeys(
        ("ATTRCOUNT", "ATTRMAX", "ATTRMEAN", "ATTRMIN", "ATTRSDDEV"),
        "it follows the attributes of batches; keep stocks apart by attribute, in an array",
    ),
    **dict.fromkeys(
        ("COOKTIME", "TRANSTIME"),
        "it asks what goes on inside a conveyor, a queue or an oven; give what it would tell, such "
        "as a capacity, a name of its own",
    ),
    **dict.fromkeys(("PAUSE", "SOUND", "ISRUNNING"), _PLAY),
    "CLOCKTIME": _CLOCK,
    "HISTORY": "its third argument is a run from before, and a run here knows no other; write two "
    "arguments",
    "LOOKUPXY": "no page was found that says in full what it computes; use LOOKUP of a graphical "
    "function",
    **{f"ARRAY{name}": _OF_VERSION_9.format(name) for name in ("SUM", "MEAN", "STDDEV")},
    "PERCENTILE": "what its third argument does is not published; write two arguments, or compute "
    "the percentiles from the results",
    **dict.fromkeys(
        (
            *(f"GET_{w}_{k}" for w in ("DIRECT", "XLS") for k in ("DATA", "CONSTANTS", "LOOKUPS")),
            *("GET_123_DATA", "GET_123_CONSTANTS", "GET_VDF_DATA", "GET_VDF_CONSTANTS", "GET_DATA"),
        ),
        _LEFT_OUT,
    ),
    "GRAPH": "its points are missing; give the variable a <gf>, or write them behind the call as "
    "(0, 1), (1, 2.5)",
    "REWORK": "it is a game of chance over single items; multiply the flow by the share instead",
}

_BY_DIALECT: Mapping[str, Mapping[str, str]] = {
    "vensim": {canonical(k): v for k, v in _VENSIM.items()},
    "stella": {canonical(k): v for k, v in _STELLA.items()},
    "xmile": {canonical(k): v for k, v in _STELLA.items()},
    "headwater": {},
}


WITHOUT_ARGUMENTS = frozenset(canonical(k) for k in ("CLOCKTIME", "ISRUNNING"))
"""Functions of Stella's that equations name without parentheses."""

_OF_STAMPS = frozenset(canonical(k) for k, v in _STELLA.items() if v.startswith(_STAMPS))


def not_computed(expression: Expression, dialect: str, *, stamps: bool) -> Call | None:
    """Return a call of a function that a manual lists and that is not computed here.

    A model may have a function or a variable of that name. ``stamps``: it has a flow that stamps
    what it moves with the time.
    """
    for node in walk(expression):
        if isinstance(node, Name) and not node.subscripts and node.key in WITHOUT_ARGUMENTS:
            if why_unsupported(node.text, dialect):
                return Call(node, (), node.span)
        if isinstance(node, Call) and why_unsupported(node.function.text, dialect):
            unstamped = not stamps and canonical(node.function.text) in _OF_STAMPS
            if unstamped or not is_computed(node, dialect):
                return node
    return None


def is_computed(call: Call, dialect: str) -> bool:
    """Tell whether a function is known, with so many arguments."""
    found = find_spelling(call.function.text, dialect)
    most = found[0].max_args if found else 0
    return most is None or 0 < len(call.arguments) <= most


def why_unsupported(name: str, dialect: str) -> str:
    """Return why a vendor's function is not computed, with what to do; empty: it is not known."""
    return _BY_DIALECT[dialect].get(canonical(name), "")
