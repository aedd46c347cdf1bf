"""The diagrams of another format as sketches."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.formats.drawings import Drawing
from headwater.formats.losses import Losses
from headwater.formats.vensim.translating.scope import Scope
from headwater.formats.vensim.writing.sketches import sketch_text
from headwater.formats.xmile.drawings import read_views
from headwater.language.names import canonical
from headwater.language.syntax import Name
from headwater.model.project import Project
from headwater.model.variables import Stock


def sketches(project: Project, scope: Scope, losses: Losses) -> tuple[str, ...]:
    """Return the sketches that a project's views become."""
    if not project.views:
        return ()
    drawings = read_views(project.views, _joined(project))
    if not drawings:
        losses.add("diagrams are not written")
        return ()
    what = (
        "colours, fonts and sizes of flows of diagrams, and pages of an interface, are not written"
    )
    losses.add(what)
    stocks = {v.key for v in project.variables if isinstance(v, Stock)}
    found: list[str] = []
    for number, drawing in enumerate(drawings, 1):
        for name in _strangers(drawing, project):
            losses.add("what a diagram shows beside the model's variables is not written", name)
        title = f"View {number}"
        found.append(sketch_text(drawing, title, scope.name, stocks.__contains__))
    return tuple(found)


def _joined(project: Project) -> dict[str, tuple[str, str]]:
    """Return the stocks that each flow joins, by canonical names."""
    found: dict[str, tuple[str, str]] = {}
    for stock in project.variables:
        for term in stock.flows if isinstance(stock, Stock) else ():
            if isinstance(term.expression, Name):
                source, target = found.get(term.expression.key, ("", ""))
                pair = (source, stock.key) if term.sign > 0 else (stock.key, target)
                found[term.expression.key] = pair
    return found


def _strangers(drawing: Drawing, project: Project) -> Iterator[str]:
    """Take out of a drawing what is no variable of the model; yield what that is."""
    yield from drawing.left_out
    known = project.by_key
    for shape in drawing.shapes:
        if canonical(shape.name) not in known:
            yield shape.name
    for pipe in drawing.pipes:
        if canonical(pipe.name) not in known:
            yield pipe.name
    drawing.shapes = [s for s in drawing.shapes if canonical(s.name) in known]
    drawing.pipes = [p for p in drawing.pipes if canonical(p.name) in known]
