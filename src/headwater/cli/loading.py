"""The case that a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.errors import UsageError

if TYPE_CHECKING:
    from headwater.model.case import Case


def load_case(model: str, without: str) -> Case:
    """Return the case that MODEL names.

    Raises :class:`UsageError` for a plain model, which the command cannot use: it is one
    ``without`` policies, say; and what reading it raises.
    """
    from headwater import api

    loaded = api.load(model)
    if not isinstance(loaded, api.Case):
        raise UsageError(f"`{model}` is a model without {without}", hint="give a case folder")
    return loaded.case
