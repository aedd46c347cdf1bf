"""The report: one self-contained HTML page that opens offline, on a phone and on paper."""

from __future__ import annotations

from pathlib import Path

from headwater.argument.results import TestResult
from headwater.errors import MissingExtra
from headwater.report.writing import write_text

_EXTRA = ("altair", "jinja2", "markupsafe", "vl_convert")


def write_report(result: TestResult, path: Path, *, command: str, progress: bool = True) -> None:
    """Write the report of a test as one HTML file.

    The same result and command give the same bytes. With ``progress`` a bar is shown in a terminal.

    Raises:
        MissingExtra: the packages that draw the report are not installed.
        HeadwaterError: the file cannot be written.
    """
    write_text(path, report_html(result, command=command, progress=progress))


def report_html(result: TestResult, *, command: str, progress: bool = False) -> str:
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
    return render(result, command, progress)
