"""Values that a model takes from spreadsheets and text files when it is opened.

XMILE 1.0, section 2.8, says which file; isee systems, Stella help, Creating Import and Export
Files and Imported Inputs, say what is in it. Headings name variables; below them (or to their
right, where the orientation is horizontal) stand a number for a constant or an initial value, and
the ordinates of a graphical function from its smallest abscissa to its largest. An equation that
is no number stays.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from headwater.errors import HeadwaterError, SyntaxFault, did_you_mean
from headwater.formats.files import is_there, read_bytes
from headwater.formats.sheets import Sheet, Sheets
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dimensions import Shapes
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.graphs import MAX_POINTS, spread
from headwater.formats.xmile.names import qualified, split_identifiers
from headwater.formats.xmile.references import is_absolute, locate, resource_of
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Number, Unary
from headwater.model.project import Project, Submodel
from headwater.model.uncertainty import Range
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    EquationVariable,
    Flow,
    Graph,
    GraphicalFunction,
)

KINDS = ("csv", "excel")
_EVEN = 1e-6
_HELD = "the values that the file itself holds are used"

Cell = tuple[str, ...]


def carry_out(
    context: Context, shapes: Shapes, project: Project, blocks: Iterable[Node]
) -> Project:
    """Return a project with the values of the files that its ``<data>`` blocks import.

    Mistakes are reported with the place of the ``<import>``. A file that is not there is one
    where a variable has no value without it.
    """
    importer = _Importer(context, shapes, project)
    for block in blocks:
        for node in block.every("import"):
            importer.read(node)
    return importer.result()


@dataclass(frozen=True, slots=True)
class _Line:
    """A heading with what goes with it, and where it stands."""

    name: str
    subscripts: tuple[str, ...]
    values: tuple[float, ...]


class _Importer:
    def __init__(self, context: Context, shapes: Shapes, project: Project) -> None:
        self._context = context
        self._shapes = shapes
        self._project = project
        self._models = {"": Submodel("", project.variables, project.modules)}
        self._models |= {canonical(s.name): s for s in project.submodels}
        self._sheets = Sheets()

    def result(self) -> Project:
        """Return the project as it is now."""
        submodels = tuple(self._models[canonical(s.name)] for s in self._project.submodels)
        return replace(self._project, variables=self._models[""].variables, submodels=submodels)

    # Files

    def read(self, node: Node) -> None:
        """Carry out one import."""
        resource = resource_of(node)
        if not node.flag("enabled", default=True) or not resource:
            return
        if "://" in resource or self._context.folder is None:
            self._leave(node, resource, "nothing is read from the network")
        elif node.get("frequency").strip().lower() == "on_demand":
            self._leave(node, resource, "it is carried out on demand only")
        elif node.flag("isee:timevarying"):
            self._over_time(node, resource)
        else:
            self._carry_out(node, resource)

    def _carry_out(self, node: Node, resource: str) -> None:
        try:
            path = self._path(node, resource)
            if path is None:
                self._leave(node, resource, "there is no such file beside the model")
            elif is_there(path):
                self._apply(node, resource, self._open(node, path, resource))
            else:
                self._miss(node, path, resource)
        except HeadwaterError as fault:
            self._context.add(fault)

    def _path(self, node: Node, resource: str) -> Path | None:
        """Return where a file lies; None where one of another computer can be done without."""
        try:
            return locate(self._context, node, resource)
        except SyntaxFault:
            if is_absolute(resource) and not self._empty():
                return None
            raise

    def _empty(self) -> list[str]:
        """Return the names of the variables that wait for a value."""
        return [v.name for m in self._models.values() for v in m.variables if _is_empty(v)]

    def _leave(self, node: Node, resource: str, reason: str) -> None:
        message = f"the import of `{resource}` is not carried out: {reason}"
        self._context.warn(message, node, _HELD)

    def _over_time(self, node: Node, resource: str) -> None:
        message = f"`{resource}` holds values over time, whose import is not carried out"
        hint = 'make them graphical functions of TIME in the model, or write enabled="false"'
        self._context.error(message, node, hint)

    def _miss(self, node: Node, path: Path, resource: str) -> None:
        """Report a file that is not there: an error where variables are left without a value."""
        empty = self._empty()
        if not empty:
            self._leave(node, resource, "there is no such file")
        try:
            read_bytes(path, resource, SyntaxFault, asked_at=node.place)
        except HeadwaterError as fault:
            if empty:
                shown = ", ".join(f"`{n}`" for n in empty[:5])
                self._context.add(fault, f"no value for {shown} without the import")

    def _open(self, node: Node, path: Path, resource: str) -> Sheet:
        kind = node.get("type", "").strip().lower() or _kind_of(path)
        if kind not in KINDS:
            hint = 'save the data as CSV, and write type="CSV"'
            raise SyntaxFault(f"an import of the type `{kind}` is not read", node.place, hint)
        if kind == "excel":
            worksheet = node.get("worksheet").strip()
            return self._sheets.excel(path, resource, worksheet, node.place)
        return self._sheets.delimited(path, resource, ",", node.place)

    # Lines

    def _apply(self, node: Node, resource: str, sheet: Sheet) -> None:
        for line in self._lines(node, resource, sheet):
            owner, variable = self._find(line.name)
            if variable is None:
                known = (v.name for v in self._models[""].variables)
                message = f"`{resource}` has values for `{line.name}`, which is no variable"
                self._context.warn(message, node, did_you_mean(line.name, known))
                continue
            changed = self._changed(node, resource, variable, line)
            if changed is not None:
                self._put(owner, variable, changed)

    def _lines(self, node: Node, resource: str, sheet: Sheet) -> Iterator[_Line]:
        horizontal = node.get("orientation").strip().lower() == "horizontal"
        for index in range(sheet.height if horizontal else sheet.width):
            length = sheet.width if horizontal else sheet.height
            cells = [(index, k) if horizontal else (k, index) for k in range(length)]
            heading = sheet.cell(*cells[0]) if cells else None
            if heading is None:
                continue
            if not isinstance(heading, str) or sheet.number(*cells[0]) is not None:
                hint = 'orientation="horizontal" is for names in the first column'
                message = f"`{resource}` has the number {heading} where a name should be"
                self._context.error(message, node, hint)
                return
            name, subscripts = _heading(heading)
            if index == 0 and canonical(name) == "time" and self._find(name)[1] is None:
                self._over_time(node, resource)
                return
            values = self._values(node, f"`{resource}`: `{heading}`", sheet, cells[1:])
            if values:
                yield _Line(name, subscripts, values)

    def _values(
        self, node: Node, what: str, sheet: Sheet, cells: Sequence[tuple[int, int]]
    ) -> tuple[float, ...]:
        while cells and sheet.cell(*cells[-1]) is None:
            cells = cells[:-1]
        found: list[float] = []
        for cell in cells:
            number = sheet.number(*cell)
            if number is None:
                row, column = cell
                message = f"{what} has no number in row {row + 1}, column {column + 1}"
                self._context.error(message, node, "correct the file, or leave the heading out")
                return ()
            found.append(number)
        return tuple(found)

    # Variables

    def _find(self, name: str) -> tuple[str, AnyVariable | None]:
        """Return the model, by its key, and the variable that a heading names.

        A module is named from the whole model or, as in Stella, wherever it lies.
        """
        *path, last = (canonical(part) for part in name.split("."))
        for start in self._models.values():
            found = self._within(start, path)
            if found is not None:
                variable = next((v for v in found.variables if v.key == last), None)
                return canonical(found.name), variable
            if not path:
                break
        key = canonical(name)
        return "", next((v for v in self._models[""].variables if v.key == key), None)

    def _within(self, model: Submodel, path: Iterable[str]) -> Submodel | None:
        """Return the model that modules within modules lead to."""
        for part in path:
            modules = {canonical(m.name): canonical(m.model) for m in model.modules}
            if modules.get(part) not in self._models:
                return None
            model = self._models[modules[part]]
        return model

    def _put(self, owner: str, variable: AnyVariable, changed: AnyVariable) -> None:
        model = self._models[owner]
        variables = tuple(changed if v is variable else v for v in model.variables)
        self._models[owner] = replace(model, variables=variables)

    def _changed(
        self, node: Node, resource: str, variable: AnyVariable, line: _Line
    ) -> AnyVariable | None:
        """Return a variable with its new values; None where it keeps its own (reported)."""
        assert not isinstance(variable, Data)
        dimensions = self._shapes.named(variable.dimensions)
        every = list(itertools.product(*(d.elements for d in dimensions)))
        cells = every
        if line.subscripts:
            given = self._shapes.subscripts(line.subscripts, node, variable.name, dimensions)
            if given is None:
                return None
            pairs = zip(dimensions, given, strict=True)
            chosen = (d.elements if s == d.name else (s,) for d, s in pairs)
            cells = list(itertools.product(*chosen))
        if isinstance(variable, Graph | Flow) and variable.graphs:
            return self._with_points(node, resource, variable, line, (every, cells))
        if not all(_is_number(e) for e in variable.equations):
            self._keep(node, resource, variable)
            return None
        values = line.values
        if len(values) == 1:
            values *= len(cells)
        if len(values) != len(cells):
            message = f"`{resource}` has {len(values)} values for `{line.name}`"
            wanted = f"it takes {len(cells)}" if len(cells) > 1 else "it is one number"
            self._context.error(f"{message}; {wanted}", node, "correct the file")
            return None
        own = _by_cell(variable.equations, every, [d.name for d in dimensions])
        own |= {c: _equation(v, c, node) for c, v in zip(cells, values, strict=True)}
        return _as_constant(replace(variable, equations=tuple(own[c] for c in every if c in own)))

    def _keep(self, node: Node, resource: str, variable: AnyVariable) -> None:
        message = f"`{resource}` has values for `{variable.name}`, whose equation is no number"
        if node.get("isee:overwrite").strip().lower() == "true":
            hint = "which of the two counts cannot be told: remove one of them"
            self._context.error(message, node, hint)
        else:
            self._context.warn(message, node, "the equation counts")

    def _with_points(
        self,
        node: Node,
        resource: str,
        variable: Graph | Flow,
        line: _Line,
        extent: tuple[list[Cell], list[Cell]],
    ) -> AnyVariable | None:
        """Return a graphical function with other ordinates."""
        every, cells = extent
        own: dict[Cell, GraphicalFunction] = {}
        for graph in variable.graphs:
            for cell in every:
                if not graph.subscripts or graph.subscripts == cell:
                    own[cell] = graph
        whole = len(variable.graphs) == 1 and not variable.graphs[0].subscripts
        for cell in cells:
            made = self._points(node, resource, line, own.get(cell))
            if made is None:
                return None
            own[cell] = made if whole and cells == every else replace(made, subscripts=cell)
        if whole and cells == every:
            return replace(variable, graphs=(own[every[0]],))
        kept = (replace(own[c], subscripts=c) for c in every if c in own)
        return replace(variable, graphs=tuple(kept))

    def _points(
        self, node: Node, resource: str, line: _Line, graph: GraphicalFunction | None
    ) -> GraphicalFunction | None:
        count = len(line.values)
        if graph is None or count > MAX_POINTS:
            message = f"`{resource}` has {count:,} values for `{line.name}`"
            self._context.error(message, node, f"a graphical function has up to {MAX_POINTS:,}")
            return None
        x = graph.x
        if count != len(x):
            if not _is_even(x) or count < 2:
                message = f"`{resource}` has {count} values for `{line.name}`, of {len(x)} points"
                self._context.error(message, node, "give one value for each of its points")
                return None
            x = spread(Range(x[0], x[-1]), count)
            message = f"`{resource}` has {count} values for `{line.name}`, of {len(graph.x)} points"
            self._context.warn(message, node, "they are spread evenly over its x axis")
        return replace(graph, x=x, y=line.values)


def _kind_of(path: Path) -> str:
    return "excel" if path.suffix.lower() in (".xls", ".xlsx", ".xlsm") else "csv"


def _heading(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and the subscripts of a heading."""
    text = text.strip()
    if not text.endswith("]") or "[" not in text:
        return qualified(text), ()
    name, _, subscripts = text[:-1].partition("[")
    return qualified(name), tuple(split_identifiers(subscripts))


def _is_empty(variable: AnyVariable) -> bool:
    """Tell whether a variable waits for a value; a module's inputs get theirs from outside."""
    if isinstance(variable, Data | Flow | Graph) or variable.access == "input":
        return False
    return not variable.equations


def _is_number(equation: Equation) -> bool:
    expression = equation.expression
    while isinstance(expression, Unary) and expression.operator != "not":
        expression = expression.operand
    return isinstance(expression, Number) and equation.initial is None


def _equation(value: float, cell: Cell, node: Node) -> Equation:
    number: Expression = Number(abs(value), node.span)
    if value < 0:
        number = Unary("-", number, node.span)
    return Equation(number, cell, span=node.span)


def _by_cell(
    equations: Sequence[Equation], every: Sequence[Cell], names: Sequence[str]
) -> dict[Cell, Equation]:
    """Return the equation of each element, by its names."""
    found: dict[Cell, Equation] = {}
    for equation in equations:
        given = equation.subscripts or tuple(names)
        for cell in every:
            inside_ = all(g in (n, c) for g, n, c in zip(given, names, cell, strict=True))
            if inside_ and cell not in equation.excepts:
                found[cell] = replace(equation, subscripts=cell, excepts=())
    return found


def _as_constant(variable: EquationVariable) -> EquationVariable:
    """Return an auxiliary of numbers as the constant that it is."""
    if not isinstance(variable, Auxiliary):
        return variable
    return Constant(**{f.name: getattr(variable, f.name) for f in fields(Constant)})


def _is_even(x: Sequence[float]) -> bool:
    steps = [b - a for a, b in itertools.pairwise(x)]
    mean = (x[-1] - x[0]) / max(1, len(steps))
    return all(abs(s - mean) <= _EVEN * abs(mean) for s in steps)
