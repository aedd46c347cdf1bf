"""Colours for the model blocks of literate cases in the documentation."""

import re
from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words
from pygments.lexers.special import TextLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text
from sphinx.application import Sphinx

STATEMENTS = (
    *("dimension", "unit", "stock", "flow", "aux", "constant", "graph", "data", "lever"),
    *("variant", "policy", "correlate", "check", "expect", "compare", "outcome", "loop", "fit"),
)
CLAUSES = (
    *("range", "uncertain", "truncated", "shared", "because", "assume", "note"),
    *("continuous", "extrapolated", "discrete", "interpolate", "scale", "tolerance"),
    *("when", "always", "claim", "that", "effect", "link", "cut", "freed", "horizon"),
    *("from", "to", "of", "with", "at", "used", "column", "time", "where", "by", "others"),
    *("probe", "error", "linear", "hold", "free", "split", "initially"),
    *("conveyor", "queue", "oven", "leak", "overflow", "spread"),
)
OPERATORS = ("if", "then", "else", "and", "or", "not", "mod")


class HeadwaterLexer(RegexLexer):
    """Statements at the start of a line, clauses anywhere, XMILE expressions in between."""

    name = "Headwater"
    aliases: ClassVar[list[str]] = ["headwater"]
    flags = re.MULTILINE | re.IGNORECASE
    tokens: ClassVar[dict[str, list[tuple[object, ...]]]] = {
        "root": [
            (r"#.*$", Comment.Single),
            # Braces hold a comment or, with a colon, a list of values.
            (r"\{[^{}:]*\}", Comment.Multiline),
            (
                rf"^(\s*)({'|'.join(STATEMENTS)})\b([ \t]+)([\w-]+)",
                bygroups(Text, Keyword.Declaration, Text, Name.Variable),
            ),
            (rf"^(\s*)({'|'.join(STATEMENTS)})\b", bygroups(Text, Keyword.Declaration)),
            (r'"[^"\n]*"', String),
            (words(OPERATORS, prefix=r"\b", suffix=r"\b"), Operator.Word),
            (words(CLAUSES, prefix=r"\b", suffix=r"\b(?!\s*[\[(])"), Keyword),
            (r"\d+(\.\d*)?(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?", Number),
            (r"[\w][\w-]*(?=\s*\()", Name.Function),
            (r"\w+", Name),
            (r"//|<>|<=|>=|[-+*/^<>=]", Operator),
            (r"[\[\](){}:,;|!]", Punctuation),
            (r"\s+", Text),
            (r".", Text),
        ],
    }


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the lexer under the info string of a case's fenced blocks; tables stay plain."""
    app.add_lexer("headwater", HeadwaterLexer)
    app.add_lexer("csv", TextLexer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
