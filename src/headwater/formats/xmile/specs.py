"""Header and simulation settings (XMILE 1.0, sections 2.2 and 2.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from headwater.errors import did_you_mean
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import OWN_SPACE, VENDOR_SPACES, Node
from headwater.formats.xmile.kept import METHOD, PRODUCT, header_elements
from headwater.formats.xmile.texts import plain_text
from headwater.formats.xmile.variables.equation_text import read_number
from headwater.formats.xmile.variables.equations import read_expression
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Expression, Name, Number, walk
from headwater.model.project import Dialect, SimSpecs, UnitDefinition
from headwater.model.variables import AnyVariable, Stock
from headwater.version import __version__

METHODS = {
    "euler": "euler",
    "cycletime": "euler",
    "rk2": "heun",
    "rk4": "rk4",
}
"""XMILE's name of each method that there is, and ours. Stella's RK2 is Heun's method."""

_ASSIGNED = re.compile(r"^\s*[A-Za-z][\w ]*=")
"""``TIME_STEP = 0.5``: how some versions of Vensim write the step."""

_SLACK = 1e-6
"""How much of a step may be missing from a whole one."""

ADAPTIVE = {"rk45": "rk4", "gear": "rk4"}
"""Methods that choose their own step, and the one of fixed step that stands in for them."""

SAVED = (
    *("isee:save_interval", "save_step", "savestep", "saveper", "isee:saveper"),
    "vensim:saveper",
)
PROPERTIES = (
    *("vendor", "product", "version", "caption", "author", "affiliation", "client", "copyright"),
    *("created", "modified", "uuid"),
)
SPACE = "xmlns:"
"""How a property begins that gives a prefix of other tools' elements its namespace."""

PRODUCT_VERSION = PRODUCT + "version"
OWN_PROPERTIES = {"vendor": "Headwater", "product": "Headwater", PRODUCT_VERSION: __version__}
"""What stands in the header of a file that no other tool has made."""


def read_specs(context: Context, node: Node | None, base: SimSpecs | None = None) -> SimSpecs:
    """Return simulation settings; what is missing is taken from ``base`` or the standard."""
    base = base or SimSpecs(0.0, 1.0, 1.0)
    if node is None:
        return base
    save = base.save_step
    for key in SAVED:
        child = node.first(key)
        written = child.text if child is not None else node.get(key)
        if canonical(written.strip()) == "time_step":
            save = 0.0
        elif written.strip():
            save = _number(context, node, key, written, save)
    start, start_expression = _time(context, node, "start", base.start)
    stop, stop_expression = _time(context, node, "stop", base.stop)
    step, step_expression = _step(context, node, base.step)
    if context.stellas and not (start_expression or stop_expression or step_expression):
        stop = _in_whole_steps(context, node, (start, stop, step))
    pause = node.get("pause").strip() or node.content("pause")
    run = node.first("run")
    if run is not None and run.get("by", "all").strip().lower() not in ("all", ""):
        message = f"the file asks to run by {run.get('by')}; the whole model is run"
        context.warn(message, run)
    return SimSpecs(
        start,
        stop,
        step,
        max(save, 0.0),
        _method(context, node, base.method),
        node.get("time_units").strip() or base.time_unit,
        _number(context, node, "pause", pause, 0.0) if pause.lower() not in ("", "inf") else 0.0,
        start_expression if node.first("start") is not None else base.start_expression,
        stop_expression if node.first("stop") is not None else base.stop_expression,
        step_expression if node.first("dt") is not None else base.step_expression,
    )


def _in_whole_steps(context: Context, node: Node, settings: tuple[float, float, float]) -> float:
    """Return when a run stops: Stella makes it as long as the multiple of DT closest to it.

    Of two that are as close, the one before. Source: isee systems, Stella help, Model Settings.
    """
    start, stop, step = settings
    steps = (stop - start) / step if step > 0 else 0.0
    nearest = math.ceil(steps - 0.5) if math.isfinite(steps) else 0
    if nearest <= steps + _SLACK:
        return stop
    end = start + nearest * step
    context.warn(
        f"from {start:g} to {stop:g} is no multiple of the step {step:g}: "
        f"the run goes on to {end:g}",
        node,
        "Stella runs for the multiple of DT that is closest; so is it read",
    )
    return end


def warn_of_no_end(context: Context, settings: Iterable[Node | None], model: Node) -> None:
    """Tell of a run whose end the file leaves open; XMILE wants it given (section 2.3)."""
    given = [n for n in settings if n is not None]
    if not any(n.first("stop") is not None for n in given):
        message = "the file does not say when a run stops; it stops at time 1"
        context.warn(message, given[-1] if given else model, "write <stop>…</stop>, or use --stop")


def check_names(context: Context, specs: SimSpecs, variables: Iterable[AnyVariable]) -> None:
    """Report settings that name what is no variable of the root model."""
    known = {v.key: v.name for v in variables}
    for what, expression in (
        ("start time", specs.start_expression),
        ("stop time", specs.stop_expression),
        ("step", specs.step_expression),
    ):
        for node in walk(expression) if expression is not None else ():
            if isinstance(node, Name) and node.key not in known:
                hint = did_you_mean(node.text, known.values())
                hint = hint or "write a number, or name a constant of the root model"
                place = node.span.place if node.span else None
                context.diagnostics.error(f"the {what} is `{node.text}`", place, hint)


def warn_of_stages(
    context: Context, node: Node | None, specs: SimSpecs, variables: Iterable[AnyVariable]
) -> None:
    """Tell what becomes of conveyors, queues and ovens by a method of more than one stage."""
    if node is None or specs.method == "euler":
        return
    moved = [v.name for v in variables if isinstance(v, Stock) and v.discipline is not None]
    if moved:
        shown = ", ".join(f"`{n}`" for n in moved[:3]) + (" and others" if len(moved) > 3 else "")
        context.warn(
            f"{shown}: conveyors, queues and ovens move once a step, and what flows out of them is "
            f"the same throughout it; only the rest is integrated by {specs.method}",
            node,
            "what Stella does with them by other methods than Euler's is not published; it advises "
            "Euler's",
        )


def _time(
    context: Context, node: Node, tag: str, default: float
) -> tuple[float, Expression | None]:
    """Return a setting: a number, or as in Stella an expression of constants."""
    child = node.first(tag)
    if child is None:
        return default, None
    value = read_number(_ASSIGNED.sub("", child.text))
    if value is not None:
        return value, None
    expression = read_expression(context, child, f"the {tag} time")
    if expression is None:
        context.error(f"the {tag} time is `{child.text.strip()[:40]}`", child, "write a number")
    return default, expression


def _number(context: Context, node: Node, what: str, text: str, default: float) -> float:
    value = read_number(text)
    if value is None:
        context.error(f"the {what} time is `{text.strip()[:40]}`", node, "write a number")
        return default
    return value


def _step(context: Context, node: Node, default: float) -> tuple[float, Expression | None]:
    value, expression = _time(context, node, "dt", default)
    child = node.first("dt")
    if child is None or not child.flag("reciprocal"):
        return value, expression
    if expression is not None:
        return default, Binary("/", Number(1.0), expression)
    if value <= 0:
        context.error(f"the step is the reciprocal of {value:g}", child, "give a number above 0")
        return default, None
    return 1.0 / value, None


def _method(context: Context, node: Node, default: str) -> str:
    written = [_plain(m) for m in node.get("method").split(",") if m.strip()]
    if not written:
        return default
    for method in written:
        if method in METHODS:
            return METHODS[method]
    for method in written:
        if method in ADAPTIVE:
            instead = ADAPTIVE[method]
            context.warn(
                f"the method `{method}` adapts its step; {instead} with the file's step is used",
                node,
                "the method `dopri5` adapts its step too: choose it for the run, or halve the step "
                "and see whether the results stay",
            )
            return instead
    known = ", ".join([*METHODS, *ADAPTIVE])
    context.error(f"unknown integration method `{node.get('method')}`", node, f"known: {known}")
    return default


def _plain(method: str) -> str:
    """Return a method's name without what its spellings differ in: ``Cycle-time``."""
    return re.sub(r"[\s_-]", "", method).lower()


def replaced_method(node: Node | None) -> tuple[tuple[str, str], ...]:
    """Return the method that a file asks for, where another one stands in for it."""
    given = node.get("method") if node is not None else ""
    written = [_plain(m) for m in given.split(",")]
    known = any(m in METHODS for m in written)
    return ((METHOD, given),) if any(m in ADAPTIVE for m in written) and not known else ()


def read_properties(header: Node | None) -> tuple[tuple[str, str], ...]:
    """Return what a header says of the file's origin."""
    if header is None:
        return ()
    found: list[tuple[str, str]] = []
    for child in header.children:
        if child.tag in PROPERTIES:
            found.append((child.tag, child.text.strip()))
            if child.tag == "product" and child.text.strip():
                given = sorted(child.attributes.items(), key=lambda a: a[0] != "version")
                found += ((PRODUCT + k, v) for k, v in given)
    found = [(k, plain_text(v)) for k, v in found if v]
    found += header_elements(header, PROPERTIES)
    own = dict(found).get("vendor") == OWN_PROPERTIES["vendor"]
    return tuple((k, v) for k, v in found if not own or k not in OWN_PROPERTIES)


def read_spaces(spaces: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the namespaces of other tools' elements, as far as we do not always declare them."""
    known = {**VENDOR_SPACES, **OWN_SPACE}
    return tuple((SPACE + k, v) for k, v in spaces.items() if known.get(k) != v)


def dialect_of(properties: Iterable[tuple[str, str]], extension: str) -> Dialect:
    """Return whose rules hold where the standard leaves a choice."""
    vendor = dict(properties).get("vendor", "").lower()
    isee = extension.lower() in (".stmx", ".itmx") or "isee" in vendor
    return "stella" if isee else "xmile"


def read_units(blocks: Iterable[Node]) -> tuple[UnitDefinition, ...]:
    """Return unit definitions; those that are disabled do not count."""
    found: list[UnitDefinition] = []
    for block in blocks:
        for node in block.every("unit"):
            name = node.get("name").strip()
            if not name or node.flag("disabled"):
                continue
            aliases = tuple(a.text.strip() for a in node.every("alias") if a.text.strip())
            found.append(UnitDefinition(name, node.content("eqn"), aliases, node.span))
    return tuple(found)
