"""What files that Vensim itself exports have of Vensim: its functions, and elements of its own."""

from __future__ import annotations

from dataclasses import replace

from headwater.formats.xmile.document import Node
from headwater.language.builtins import find_spelling
from headwater.language.syntax import Call, Expression, Name

SPACE = "http://www.vensim.com/XMILE"
NET_FLOW = "vensim:netflow"
"""The element of a stock with its change per unit of time as an expression."""

KIND = "vensim:kind"
"""The attribute that tells what a variable is beyond a number."""


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
