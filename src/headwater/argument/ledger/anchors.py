"""Anchors against the text itself: is the span that a claim names really in the source?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from headwater.argument.ledger.claims import Anchor, Ledger
from headwater.errors import CaseError, Diagnostics, Place


def read_document(path: Path) -> str:
    """Return the text of a source document.

    Raises:
        CaseError: the file cannot be read or is not UTF-8 text.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as fault:
        raise CaseError(
            f"the source is not UTF-8 text (byte {fault.start})",
            Place(str(path)),
            "give the text file that the claims were taken from",
        ) from None
    except OSError as fault:
        hint = "check the path and the file's permissions"
        raise CaseError(
            f"cannot read the source: {fault.strerror}", Place(str(path)), hint
        ) from None


def resolve(ledger: Ledger, text: str, name: str) -> Mapping[str, str]:
    """Return each claim's quote, verified against the document ``text``.

    Fails closed: a claim whose span is not in the text is an error.

    Raises:
        CaseError: the document is not the one that the ledger was made from, or spans disagree.
    """
    problems = Diagnostics()
    found = hashlib.sha256(text.encode()).hexdigest()
    if ledger.document_sha256 and found != ledger.document_sha256:
        problems.error(
            "this is not the document that the ledger was made from",
            Place(name),
            f"give the text that the claims were taken from; its SHA-256 is {found}, "
            f"the ledger names {ledger.document_sha256}",
        )
        problems.raise_errors(CaseError)
    quotes: dict[str, str] = {}
    for claim in ledger.claims:
        if not claim.anchor.is_span:
            problems.error(
                f"the claim `{claim.id}` names a place in the source, not a span of its text",
                claim.place,
                "quote the span, now that the text is at hand",
            )
            continue
        quote = _span(claim.anchor, text)
        if quote is None:
            problems.error(f"the span of the claim `{claim.id}` is not in the source", claim.place)
        else:
            quotes[claim.id] = quote
    problems.raise_errors(CaseError)
    return quotes


def _span(anchor: Anchor, text: str) -> str | None:
    if anchor.start >= 0:
        quote = text[anchor.start : anchor.end]
        digest = hashlib.sha256(quote.encode()).hexdigest()
        if anchor.end > len(text) or (anchor.sha256 and digest != anchor.sha256):
            return None
        return quote if not anchor.quote or anchor.quote == quote else None
    return anchor.quote if anchor.quote and anchor.quote in text else None
