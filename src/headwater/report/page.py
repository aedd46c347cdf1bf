"""The report: one self-contained HTML page that opens offline, on a phone and on paper."""

from __future__ import annotations

from pathlib import Path

from headwater.argument.results import TestResult
from headwater.argument.saved.files import Included
from headwater.errors import MissingExtra
from headwater.writing import write_aside

_EXTRA = ("altair", "jinja2", "markupsafe", "vl_convert")


def write_report(
    result: TestResult,
    path: Path,
    *,
    command: str,
    progress: bool = True,
    included: Included | None = None,
) -> None:
    """Write the report of a test as one HTML file.

    The same result, command and findings of other commands (``included``) give the same bytes.
    With ``progress`` a bar is shown in a terminal.

    Raises:
        MissingExtra: the packages that draw the report are not installed.
        UsageError: the file cannot be written.
    """
    page = report_html(result, command=command, progress=progress, included=included)
    write_aside(path, page.encode(), make_folder=True)


def report_html(
    result: TestResult, *, command: str, progress: bool = False, included: Included | None = None
) -> str:
    """Return the report of a test as HTML. See :func:`write_report`."""
    try:
        from headwater.report.rendering import render
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise MissingExtra(
            f"the report needs the package `{error.name}`, which is not installed",
            hint='install what draws it: pip install "headwater[report]"',
        ) from error
    return render(result, command, progress, included)
