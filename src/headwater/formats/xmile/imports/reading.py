"""Values that a model takes from spreadsheets and text files when it is opened.

XMILE 1.0, section 2.8, says which file; isee systems, Stella help, Creating Import and Export
Files and Imported Inputs, say what is in it. Headings name variables; below them (or to their
right, where the orientation is horizontal) stand a number for a constant or an initial value, and
the ordinates of a graphical function from its smallest abscissa to its largest. An equation that
is no number stays. In an import of values over time the first line holds the times.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from headwater.errors import HeadwaterError, SyntaxFault, did_you_mean
from headwater.formats.files import is_there, read_bytes
from headwater.formats.sheets import Sheet, Sheets
from headwater.formats.xmile.arrays.dimensions import Shapes
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.imports.courses import Courses, increases
from headwater.formats.xmile.imports.values import Line, Values
from headwater.formats.xmile.names import qualified, split_identifiers
from headwater.formats.xmile.references import is_absolute, locate, resource_of
from headwater.language.names import canonical
from headwater.model.project import Project, Submodel
from headwater.model.variables import AnyVariable, Data, Flow, Graph

KINDS = ("csv", "excel")
MAX_HEADINGS = 200_000
MAX_UNKNOWN = 50
"""The most names that are told to be no variable's."""

_HELD = "the values that the file itself holds are used"


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


class _Importer:
    def __init__(self, context: Context, shapes: Shapes, project: Project) -> None:
        self._context = context
        self._shapes = shapes
        self._project = project
        self._models = {"": Submodel("", project.variables, project.modules)}
        self._models |= {canonical(s.name): s for s in project.submodels}
        self._sheets = Sheets()
        self._index: dict[str, Mapping[str, AnyVariable]] = {}

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
        found: dict[tuple[str, str], list[Line]] = {}
        unknown = 0
        over_time = self._is_over_time(node, sheet)
        for line in self._lines(node, resource, sheet, over_time):
            owner, variable = self._find(line.name)
            if variable is not None:
                found.setdefault((owner, variable.key), []).append(line)
                continue
            unknown += 1
            if unknown <= MAX_UNKNOWN:
                known = (v.name for v in self._models[""].variables)
                message = f"`{resource}` has values for `{line.name}`, which is no variable"
                self._context.warn(message, node, did_you_mean(line.name, known))
        values: Values | Courses = Values(self._context, self._shapes, node, resource)
        if over_time:
            values = Courses(self._context, self._shapes, node, resource)
            values.tell()
        for owner in {owner for owner, _ in found}:
            model = self._models[owner]
            variables = tuple(
                values.changed(v, found[owner, v.key]) if (owner, v.key) in found else v
                for v in model.variables
            )
            self._models[owner] = replace(model, variables=variables)
            self._index.pop(owner, None)

    def _is_over_time(self, node: Node, sheet: Sheet) -> bool:
        """Tell whether the first line of a sheet holds times, and the others values then."""
        heading = sheet.cell(0, 0)
        named = isinstance(heading, str) and canonical(heading) == "time"
        return node.flag("isee:timevarying") or (named and self._find("Time")[1] is None)

    def _lines(self, node: Node, resource: str, sheet: Sheet, over_time: bool) -> Iterator[Line]:
        horizontal = self._is_horizontal(node, resource, sheet, over_time)
        count, length = sheet.height, sheet.width
        if not horizontal:
            count, length = length, count
        if count > MAX_HEADINGS:
            hint = f"an import has up to {MAX_HEADINGS:,} names"
            self._context.error(f"`{resource}` has {count:,} names", node, hint)
            return
        times: tuple[float, ...] | None = None
        seen: set[tuple[str, tuple[str, ...]]] = set()
        told = False
        for index in range(count):
            cells = [_place(horizontal, index, k) for k in range(length)]
            heading = sheet.cell(*cells[0])
            what = f"`{resource}`: `{heading or 'time'}`"
            if over_time and times is None:
                times = self._times(node, what, sheet, cells[1:])
                if not times:
                    return
                continue
            if heading is None:
                continue
            if not isinstance(heading, str) or sheet.number(*cells[0]) is not None:
                hint = 'orientation="horizontal" is for names in the first column'
                message = f"`{resource}` has the number {heading} where a name should be"
                self._context.error(message, node, hint)
                return
            name, subscripts = _heading(heading)
            key = (canonical(name), tuple(map(canonical, subscripts)))
            if key in seen:
                message = f"`{resource}` has the name `{heading}` twice"
                self._context.error(message, node, "leave one of them out")
                return
            seen.add(key)
            values = self._values(node, what, sheet, cells[1:], holes=over_time)
            told = told or self._warn_of_remarks(node, what, sheet, cells[1:])
            if times is not None and len(values) > len(times):
                message = f"{what} has {len(values)} values, and there are {len(times)} times"
                self._context.error(message, node, "give each value its time")
            elif values:
                yield _line(name, subscripts, values, times)

    def _warn_of_remarks(
        self, node: Node, what: str, sheet: Sheet, cells: Sequence[tuple[int, int]]
    ) -> bool:
        """Tell of remarks behind the values of a line, and whether there are any."""
        behind = cells[len(_filled(sheet, cells)) :]
        if all(sheet.cell(*c) is None for c in behind):
            return False
        hint = "text behind a blank cell, where no number follows, is a remark, here and below"
        self._context.warn(f"{what} has remarks, which are left out", node, hint)
        return True

    def _is_horizontal(self, node: Node, resource: str, sheet: Sheet, over_time: bool) -> bool:
        """Tell whether names stand in the first column: as the file says, where that can be."""
        said = node.get("orientation").strip().lower() == "horizontal"
        if _can_be(sheet, said, over_time) or not _can_be(sheet, not said, over_time):
            return said
        where, other = ("row", "column") if said else ("column", "row")
        message = f"`{resource}` has names in its first {where}, and is read so"
        hint = f"the import's orientation is for names in the first {other}: correct it"
        self._context.warn(message, node, hint)
        return not said

    def _times(
        self, node: Node, what: str, sheet: Sheet, cells: Sequence[tuple[int, int]]
    ) -> tuple[float, ...]:
        times = self._values(node, what, sheet, cells)
        if not increases(times):
            self._context.error(f"{what}: the times do not increase", node, "correct the file")
            return ()
        return times

    def _values(
        self,
        node: Node,
        what: str,
        sheet: Sheet,
        cells: Sequence[tuple[int, int]],
        *,
        holes: bool = False,
    ) -> tuple[float, ...]:
        """Return the numbers in cells up to the last that holds anything; NaN for ``holes``."""
        found: list[float] = []
        for cell in _filled(sheet, cells):
            number = sheet.number(*cell)
            if number is None and holes and sheet.cell(*cell) is None:
                number = math.nan
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
                owner = canonical(found.name)
                return owner, self._named(owner).get(last)
            if not path:
                break
        return "", self._named("").get(canonical(name))

    def _named(self, owner: str) -> Mapping[str, AnyVariable]:
        """Return the variables of a model by their canonical names."""
        if owner not in self._index:
            self._index[owner] = {v.key: v for v in self._models[owner].variables}
        return self._index[owner]

    def _within(self, model: Submodel, path: Iterable[str]) -> Submodel | None:
        """Return the model that modules within modules lead to."""
        for part in path:
            modules = {canonical(m.name): canonical(m.model) for m in model.modules}
            if modules.get(part) not in self._models:
                return None
            model = self._models[modules[part]]
        return model


def _kind_of(path: Path) -> str:
    return "excel" if path.suffix.lower() in (".xls", ".xlsx", ".xlsm") else "csv"


def _place(horizontal: bool, line: int, at: int) -> tuple[int, int]:
    """Return row and column of a cell of a line; its first is the heading."""
    return (line, at) if horizontal else (at, line)


def _filled(sheet: Sheet, cells: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Return the cells up to the last that holds anything but a remark.

    A remark is what stands behind the last number and a blank, as the source of the number.
    """
    last = max((k for k, c in enumerate(cells) if sheet.cell(*c) is not None), default=-1)
    number = max((k for k, c in enumerate(cells) if sheet.number(*c) is not None), default=-1)
    if 0 <= number < last and sheet.cell(*cells[number + 1]) is None:
        last = number
    return cells[: last + 1]


def _can_be(sheet: Sheet, horizontal: bool, over_time: bool) -> bool:
    """Tell whether a sheet, read that way, has names where they belong and numbers elsewhere."""
    count, length = (sheet.height, sheet.width) if horizontal else (sheet.width, sheet.height)
    numbers = 0
    for line in range(count):
        heading, *others = (_place(horizontal, line, k) for k in range(length))
        if not (over_time and line == 0):
            if sheet.cell(*heading) is None:
                continue
            if sheet.number(*heading) is not None:
                return False
        filled = [c for c in _filled(sheet, others) if sheet.cell(*c) is not None]
        if any(sheet.number(*c) is None for c in filled):
            return False
        numbers += len(filled)
    return numbers > 0


def _line(
    name: str,
    subscripts: tuple[str, ...],
    values: Sequence[float],
    times: Sequence[float] | None,
) -> Line:
    """Return a line; one over time has no times at which it holds no value."""
    if times is None:
        return Line(name, subscripts, tuple(values))
    points = [(t, v) for t, v in zip(times, values, strict=False) if not math.isnan(v)]
    return Line(name, subscripts, tuple(v for _, v in points), tuple(t for t, _ in points))


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
