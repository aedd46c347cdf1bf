"""Calls and names that XMILE files spell in ways of their own, as the other formats have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.pulses import NAMES_TEST_INPUTS, with_test_inputs
from headwater.formats.xmile.dialects.readings import NAMES_OTHERS, with_own_names
from headwater.formats.xmile.dialects.vensim import with_vensims_functions, with_vensims_settings
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Call, Expression, Name, Number, Wildcard, transform

_NAMESPACES = frozenset({"std", "isee"})
"""Namespaces of functions; a module of that name would hide none of them."""

_VENDORS = frozenset(
    {
        *("std", "user", "anylogic", "forio", "insightmaker", "isee", "powersim", "simanticssd"),
        *("simile", "sysdea", "vensim"),
    }
)
"""Namespaces that the standard defines (3.2.2.3)."""

_ALLOCATION = re.compile(r"\ballocate\s*\(", re.IGNORECASE)
_MEAN = re.compile(r"\bmean\s*\(", re.IGNORECASE)
_NAMESPACE = re.compile(r"\b(?:std|isee)\.", re.IGNORECASE)


def in_own_words(context: Context, text: str, found: Sequence[Expression]) -> list[Expression]:
    """Return the expressions of a text in the functions and names that the model is run with.

    What is looked for is looked for in the text first: few equations have any of it.
    """
    found = list(found)
    if _NAMESPACE.search(text):
        found = [transform(e, _without_namespace) for e in found]
    if context.macros and "." in text:
        found = [transform(e, partial(_of_the_file, context)) for e in found]
    if context.vensims:
        found = [transform(e, with_vensims_functions) for e in found]
        found = [transform(e, lambda n: with_vensims_settings(n, context.own)) for e in found]
    if _ALLOCATION.search(text):
        found = [transform(e, _over_its_dimension) for e in found]
    if _MEAN.search(text):
        found = [transform(e, _of_numbers) for e in found]
    if not context.vensims and NAMES_OTHERS.search(text):
        found = [with_own_names(e, context.stellas, context.own) for e in found]
    if not context.vensims and NAMES_TEST_INPUTS.search(text):
        found = [with_test_inputs(e, context.stellas, context.own) for e in found]
    return found


def _without_namespace(node: Expression) -> Expression:
    """Return a function of the standard's or Stella's namespace by its bare name (3.2.2.3)."""
    match node:
        case Call(function=function):
            bare = _without_namespace(function)
            return replace(node, function=bare) if isinstance(bare, Name) else node
        case Name(text=text):
            space, _, name = text.partition(".")
            if space.lower() in _NAMESPACES and find_spelling(name, "stella") is not None:
                return Name(name, node.subscripts, node.span)
    return node


def _of_the_file(context: Context, node: Expression) -> Expression:
    """Return a call of a macro of the model, or its name, without the namespace (3.2.2.3)."""
    match node:
        case Call(function=function):
            bare = _of_the_file(context, function)
            return replace(node, function=bare) if isinstance(bare, Name) else node
        case Name(key=key, text=text, subscripts=()):
            space, _, name = key.rpartition(".")
            known = space in context.spaces or space.partition(".")[0] in _VENDORS
            if space and name in context.macros and known:
                return Name(text.rpartition(".")[2], (), node.span)
    return node


def _over_its_dimension(node: Expression) -> Expression:
    """Return ALLOCATE with the requests and priorities of the element that it is computed for.

    Stella writes all elements of the dimension that its second argument names.
    """
    match node:
        case Call(
            function=Name(key="allocate"), arguments=(supply, Name(subscripts=()) as over, *rest)
        ):
            own = [transform(a, lambda n: _own_element(n, over)) for a in rest]
            return replace(node, arguments=(supply, over, *own))
    return node


def _of_numbers(node: Expression) -> Expression:
    """Return Stella's MEAN of several numbers, written out; that of an array as it is."""
    match node:
        case Call(function=Name(key="mean"), arguments=(first, second, *rest)):
            total: Expression = Binary("+", first, second, node.span)
            for argument in rest:
                total = Binary("+", total, argument, node.span)
            return Binary("/", total, Number(float(len(rest) + 2), node.span), node.span)
    return node


def _own_element(node: Expression, over: Name) -> Expression:
    match node:
        case Wildcard(dimension=dimension) if canonical(dimension) in ("", over.key):
            return replace(over, span=node.span)
    return node
