"""Points of a lookup within an equation, as other tools translate Vensim's ``WITH LOOKUP``."""

from __future__ import annotations

import re

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node

_INLINE = re.compile(r"\bwith[ _]lookup\s*\(", re.IGNORECASE)


def told_of_inline_points(context: Context, node: Node, name: str, text: str) -> bool:
    """Tell whether an equation that cannot be read has a lookup's points in it, and report it."""
    if _INLINE.search(text) is None:
        return False
    context.error(
        f"`{name}` has the points of a lookup in its equation (WITH LOOKUP), for which XMILE has "
        "no form",
        node,
        "write the points into a `<gf>` with `<xpts>` and `<ypts>` beside the `<eqn>`, and leave "
        "in that what the lookup is applied to; or read Vensim's own .mdl file",
    )
    return True
