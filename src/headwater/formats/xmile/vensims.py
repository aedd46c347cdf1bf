"""What files that Vensim itself exports have of Vensim: its functions, and elements of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from headwater.errors import Diagnostic, HeadwaterError
from headwater.formats.vensim.reality import read_check
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier
from headwater.language.builtins import find_spelling
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, Name, transform
from headwater.model.case import Check
from headwater.model.project import Project

SPACE = "http://www.vensim.com/XMILE"
NET_FLOW = "vensim:netflow"
"""The element of a stock with its change per unit of time as an expression."""

KIND = "vensim:kind"
"""The attribute that tells what a variable is beyond a number."""


CHECK = "vensim:rc"
"""A reality check, in the words of Vensim's own format."""


def read_checks(context: Context, nodes: Iterable[Node], project: Project) -> tuple[Check, ...]:
    """Return the reality checks among a model's elements; others are warned of."""
    found: list[Check] = []
    for node in (n for n in nodes if n.tag == CHECK):
        equation = node.first("eqn")
        source = (equation or node).source()
        try:
            title = identifier(node.get("name"))
            check = read_check(Span(source, 0, len(source.text)), project, title)
        except HeadwaterError as fault:
            context.add(fault, f"`{node.get('name')}`")
            continue
        if isinstance(check, Diagnostic):
            context.warn(check.message, node, check.hint)
        else:
            condition = transform(check.condition, with_vensims_functions)
            found.append(replace(check, condition=condition))
    return tuple(found)


def is_vensims(root: Node) -> bool:
    """Tell whether Vensim has written a file; xmutil, which converts Vensim's, says its name."""
    header = root.first("header")
    product = header.content("product") if header is not None else ""
    return product.lower() == "vensim" or SPACE in root.document.spaces.values()


def with_vensims_functions(node: Expression) -> Expression:
    """Return a call as the table of builtins has it: Vensim exports its functions as they are."""
    match node:
        case Call(function=Name(text=text, subscripts=()) as function, arguments=arguments):
            found = find_spelling(text, "vensim")
            if found is not None:
                builtin, spelling = found
                ordered = spelling.in_table_order(arguments)
                return replace(
                    node, function=Name(builtin.name, (), function.span), arguments=ordered
                )
    return node
