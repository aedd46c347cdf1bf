"""The scorecard: what a test found, as a table in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.box import HORIZONTALS
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from headwater.argument.ledger.claims import State
from headwater.argument.results import ClaimResult, ExpectationResult, TestResult
from headwater.argument.verdicts import Share, Verdict
from headwater.report import words
from headwater.report.sizes import caution, drawn, sample

# A verdict is told by its word and its symbol; the colour only helps.
SYMBOLS = {
    Verdict.HOLDS: "✓",
    Verdict.DEPENDS: "◐",
    Verdict.FAILS: "✗",
    Verdict.BY_CONSTRUCTION: "≡",
    Verdict.NOT_TESTED: "·",
}
STYLES = {
    Verdict.HOLDS: "bold cyan",
    Verdict.DEPENDS: "bold yellow",
    Verdict.FAILS: "bold red",
    Verdict.BY_CONSTRUCTION: "bold magenta",
    Verdict.NOT_TESTED: "dim",
}
WIDE = 118
TABLE = 64
MOST_COLUMNS = 4

# What a terminal shows that knows no Unicode.
_PLAIN = str.maketrans(
    {"✓": "+", "◐": "~", "✗": "x", "≡": "=", "·": "-", "×": "x", "−": "-", "–": "-", "—": "-"}
    | {"…": "...", "∞": "inf", "’": "'", "‘": "'", "“": '"', "”": '"', "↳": ">", "\u00a0": " "}
)


def print_scorecard(result: TestResult, console: Console) -> None:
    """Print the verdict of every claim that was put to runs, the counts, the size and the speed.

    Fits any width from 40 columns. Below 64 a claim is a paragraph, from 64 on a row of a table,
    and from 118 on each rival structure has a column.
    """
    write = _Writer(console)
    console.print()
    console.print(write(result.case.title or result.settings.case, "bold"))
    console.print(write(f"{sample(result)} · seed {result.settings.seed}", "dim"))
    tested = [c for c in result.claims if c.expectations]
    if tested:
        columns = len(result.settings.variants)
        wide = console.width >= WIDE and columns <= MOST_COLUMNS
        laid_out = _wide if wide else _narrow if console.width >= TABLE else _paragraphs
        console.print(laid_out(tested, result, write))
    console.print(_summary(result, write))
    console.print()
    console.print(_legend(write))


class _Writer:
    """Turns text into what the console can show; markup in it is never obeyed."""

    def __init__(self, console: Console) -> None:
        self.encoding = console.encoding or "ascii"
        self.unicode = self.encoding.lower().replace("-", "").startswith("utf")

    def __call__(self, text: str, style: str = "") -> Text:
        if not self.unicode:
            text = text.translate(_PLAIN).encode(self.encoding, "replace").decode(self.encoding)
        return Text(text, style=style)

    def verdict(self, verdict: Verdict, note: str = "") -> Text:
        return self(f"{SYMBOLS[verdict]} {verdict}{note}", STYLES[verdict])


def _table(columns: Sequence[tuple[str, dict[str, object]]], write: _Writer) -> Table:
    table = Table(box=HORIZONTALS, expand=True, pad_edge=False, show_lines=True)
    for title, options in columns:
        table.add_column(write(title), **options)  # type: ignore[arg-type]
    return table


def _narrow(tested: Sequence[ClaimResult], result: TestResult, write: _Writer) -> Table:
    table = _table(
        [
            ("Verdict", {"no_wrap": True, "width": 17}),
            ("Claim, effect, and what it hangs on", {"ratio": 1}),
            ("Share of cases", {"width": 20}),
        ],
        write,
    )
    for claim, found, title in _rows(tested):
        table.add_row(
            write.verdict(found.verdict),
            Group(*_claim_lines(claim, title, write), *_effect_lines(found, write)),
            Group(
                write(f"{words.percent(found.trial.overall.value)} overall", "bold"),
                *(write(f"{p} {n}") for n, p in _by_variant(found, result)),
            ),
        )
    return table


def _paragraphs(tested: Sequence[ClaimResult], result: TestResult, write: _Writer) -> Group:
    lines: list[Text] = []
    for claim, found, title in _rows(tested):
        lines += [write(""), *_claim_lines(claim, title, write)]
        overall = f"  {words.percent(found.trial.overall.value)} overall"
        lines.append(Text.assemble(write.verdict(found.verdict), write(overall, "bold")))
        lines += [write(f"{p} {n}") for n, p in _by_variant(found, result)]
        lines += _effect_lines(found, write)
    return Group(*lines, write(""))


def _wide(tested: Sequence[ClaimResult], result: TestResult, write: _Writer) -> Table:
    variants = result.settings.variants if len(result.settings.variants) > 1 else ()
    table = _table(
        [
            ("Verdict", {"no_wrap": True, "width": 17}),
            ("Claim", {"ratio": 4}),
            ("Overall", {"justify": "right", "width": 7}),
            *((words.name(v), {"justify": "right", "width": 11}) for v in variants),
            ("Effect, and what it hangs on", {"ratio": 4}),
        ],
        write,
    )
    for claim, found, title in _rows(tested):
        table.add_row(
            write.verdict(found.verdict),
            Group(*_claim_lines(claim, title, write)),
            write(words.percent(found.trial.overall.value), "bold"),
            *(write(p) for _, p in _by_variant(found, result)),
            Group(*_effect_lines(found, write)),
        )
    return table


def _rows(
    tested: Sequence[ClaimResult],
) -> list[tuple[ClaimResult | None, ExpectationResult, str]]:
    """One row for each expectation of each claim; the claim stands with the first."""
    return [
        (
            claim if number == 0 else None,
            found,
            found.expectation.title if len(claim.expectations) > 1 else "",
        )
        for claim in tested
        for number, found in enumerate(claim.expectations)
    ]


def _claim_lines(claim: ClaimResult | None, title: str, write: _Writer) -> list[Text]:
    lines = [] if claim is None else [write(claim.claim.text)]
    if claim is not None and len(claim.expectations) > 1:
        lines.append(
            Text.assemble(
                write(f"{len(claim.expectations)} conditions, together: "),
                write.verdict(claim.verdict),
            )
        )
    if title:
        lines.append(write(f"↳ {title}", "italic"))
    return lines


def _by_variant(found: ExpectationResult, result: TestResult) -> list[tuple[str, str]]:
    if len(result.settings.variants) < 2:
        return []
    undefined = Share(float("nan"), 0, 1, 0)
    shares = found.trial.by_variant
    return [
        (words.name(v), words.percent(shares.get(v, undefined).value))
        for v in result.settings.variants
    ]


def _effect_lines(found: ExpectationResult, write: _Writer) -> list[Text]:
    lines = []
    if found.effect is not None:
        meaning = found.expectation.effect_meaning or found.effect_text
        lines.append(write(f"effect {words.interval(found.effect)}: {meaning}", "dim"))
    if found.verdict is Verdict.BY_CONSTRUCTION:
        lines.append(write("built in: the same with its own link cut, and with its sign freed"))
    elif found.drivers:
        lines.append(write(words.hangs_on(found.drivers)))
    return lines


def _summary(result: TestResult, write: _Writer) -> Table:
    """Return the counts, what is behind them, and how fast it went: a label and a text a line."""
    verdicts = Counter(c.verdict for c in result.claims)
    states = Counter(c.claim.state for c in result.claims)
    counts = Text()
    for place, verdict in enumerate(v for v in Verdict if verdicts[v]):
        counts.append("   " if place else "")
        counts.append_text(write.verdict(verdict, f" {verdicts[verdict]}"))
    ends = ", ".join(f"{words.STATE_WORDS[s]} {states[s]}" for s in State if states[s])
    placed = sum(not c.claim.anchor.is_span for c in result.claims)
    speed = result.speed
    rate = speed.simulations / speed.seconds if speed.seconds > 0 else float("nan")
    rows = {
        "Verdicts": counts,
        "End states": write(f"{ends} (of {words.count(len(result.claims), 'claim')})"),
        "Anchors": write(
            f"{words.count(placed, 'claim')} anchored to a place in the source, not to its text"
            if placed
            else ""
        ),
        "Undefined": write(
            f"{words.count(result.undefined_cases, 'case')} in which a condition could not be "
            "computed"
            if result.undefined_cases
            else ""
        ),
        "Inputs": write(drawn(result.settings)),
        "Caution": write(caution(result)),
        "Size": write(
            f"{speed.simulations:,} simulations in {speed.seconds:.1f} s, "
            f"{words.number(rate)} per second"
        ),
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for label, text in rows.items():
        if text:
            table.add_row(write(label), text)
    return table


def _legend(write: _Writer) -> Text:
    return write(
        "Effect: median, with the interval that holds 90% of the sampled cases. "
        + words.SHARE_CAVEAT,
        "italic",
    )
