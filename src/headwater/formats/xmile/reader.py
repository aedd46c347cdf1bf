"""Reads a whole file: header, settings, dimensions, models, macros, and the files it includes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from headwater.errors import HeadwaterError, Place, SyntaxFault
from headwater.formats.files import inside, note_search, read_bytes
from headwater.formats.xmile.arrays.by_name import warn_of_other_dimensions
from headwater.formats.xmile.arrays.dimensions import Shapes, read_dimensions
from headwater.formats.xmile.arrays.flat_indices import with_subscripts
from headwater.formats.xmile.arrays.inner_products import with_sums_of_products
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.misplaced import (
    gives_nan_outside,
    report_behavior,
    report_cycle_time,
    report_misplaced,
    report_outside,
)
from headwater.formats.xmile.dialects.pulses import own_functions
from headwater.formats.xmile.dialects.readings import report_readings
from headwater.formats.xmile.dialects.stamps import report_stamps
from headwater.formats.xmile.dialects.unknown import report_not_computed, report_unknown
from headwater.formats.xmile.dialects.vensim import (
    checks_among,
    is_of_vensim,
    is_vensims,
    warn_of_placeholders,
    warn_of_rounding,
    with_ranges,
)
from headwater.formats.xmile.document import MAX_BYTES, Node, decode, read_document, serialize
from headwater.formats.xmile.groups import group_of, read_groups
from headwater.formats.xmile.imports.reading import carry_out
from headwater.formats.xmile.kept import of_a_vendor, root_elements, specs_kept
from headwater.formats.xmile.macros.filters import Filter, filtered, options_of
from headwater.formats.xmile.macros.overloads import model_with_calls
from headwater.formats.xmile.macros.reading import names_of, read_macros, with_further_results
from headwater.formats.xmile.modules.bodies import is_module_of, unused, variables_of
from headwater.formats.xmile.modules.called_models import called_models
from headwater.formats.xmile.modules.reading import (
    named_from_the_root,
    read_modules,
    without_empty_modules,
)
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.references import locate, resource_of
from headwater.formats.xmile.specs import (
    SAVED,
    check_names,
    dialect_of,
    read_properties,
    read_spaces,
    read_specs,
    read_units,
    replaced_method,
    warn_of_no_end,
    warn_of_stages,
)
from headwater.formats.xmile.variables.queued_batches import with_lists, without_lists
from headwater.formats.xmile.variables.reading import Behavior, VariableReader
from headwater.language.names import canonical
from headwater.model.case import Case, Check
from headwater.model.project import Project, SimSpecs, Submodel

MAX_FILES = 50
VIEWS = frozenset({"views", "view", "display", "interface", "style"})
"""Elements of a model that show it; old files have the last three."""


def read_model_file(path: Path) -> Project | Case:
    """Read a model file and what it includes; one with Vensim's reality checks is a case.

    Raises SyntaxFault for what is no XMILE and ModelError for a model that is not in order.
    """
    content = read_bytes(path, str(path), SyntaxFault, max_bytes=MAX_BYTES)
    reader = _reader(decode(content, str(path)), path.parent, str(path))
    project = reader.run()
    return Case(project, checks=reader.checks) if reader.checks else project


def project_of(text: str, folder: Path | None, name: str) -> Project:
    """Return the model of a text; files that it refers to must lie in ``folder``."""
    return _reader(text, folder, name).run()


def _reader(text: str, folder: Path | None, name: str) -> _Reader:
    context = Context(name, folder)
    root = _root(text, name)
    context.vensims = is_vensims(root)
    properties = read_properties(root.first("header"))
    context.stellas = dialect_of(properties, Path(name).suffix) == "stella"
    context.own = own_functions(text)
    warn_of_rounding(context, root, text)
    return _Reader(context, root)


def _root(text: str, name: str) -> Node:
    root = read_document(text, name)
    if root.tag != "xmile":
        hint = "an XMILE file is an XML document whose root element is <xmile>"
        raise SyntaxFault(f"the root element is <{root.tag}>, not <xmile>", root.place, hint)
    return root


@dataclass(slots=True)
class _Model:
    """A ``<model>`` element with the name that modules know it by."""

    name: str
    node: Node
    behavior: Behavior
    specs: SimSpecs | None = None


@dataclass(slots=True)
class _Gathered:
    """The parts of a file and of all that it includes."""

    roots: list[Node] = field(default_factory=list)
    models: list[_Model] = field(default_factory=list)
    macros: list[Node] = field(default_factory=list)
    files: set[Path] = field(default_factory=set)


class _Reader:
    def __init__(self, context: Context, root: Node) -> None:
        self._context = context
        self._root = root
        self._found = _Gathered()
        self._behavior = Behavior()
        self._filters: list[Filter] = []
        self._told: set[Place] = set()
        self.checks: tuple[Check, ...] = ()

    def run(self) -> Project:
        context, root = self._context, self._root
        header = root.first("header")
        self._include(root, "")
        found = self._found
        self._load_modules()
        within = [*found.roots, *(m.node for m in found.models)]
        dimensions = read_dimensions(context, _blocks(within, "dimensions"))
        if is_of_vensim(root):
            dimensions = with_ranges(dimensions)
        shapes = Shapes(context, dimensions)
        main = self._main_model()
        settings = [root.first("sim_specs")]
        settings += [main.node.first("sim_specs")] if main is not None else []
        specs = read_specs(context, settings[0])
        specs = read_specs(context, settings[-1], specs)
        if main is not None:
            warn_of_no_end(context, settings, main.node)
        properties = (
            *read_properties(header),
            *read_spaces(root.document.spaces),
            *replaced_method(root.first("sim_specs")),
            *specs_kept(root.first("sim_specs"), SAVED),
            *root_elements(root),
        )
        context.macros, context.spaces = names_of(found.macros)
        variables = VariableReader(context, shapes, self._behavior, {})
        macros, forms, self._filters = read_macros(context, found.macros, variables)
        others = self._other_models(main)

        def plain(model: Submodel) -> Submodel:
            spelled = model_with_calls(model, macros, forms)
            return with_sums_of_products(context, with_subscripts(spelled, dimensions, context))

        submodels = tuple(plain(self._submodel(m, shapes, specs)) for m in others)
        own = plain(self._submodel(main, shapes, None)) if main is not None else Submodel("")
        called = called_models(context, own, submodels)
        left = unused(own.modules, submodels) - {canonical(m.name) for m in called}
        self._warn_of_unused(others, left)
        own, *rest = without_empty_modules(context, (own, *submodels))
        own, *rest = named_from_the_root(own, rest, dimensions)
        submodels = tuple(rest)
        check_names(context, specs, own.variables)
        every = (v for model in (own, *submodels) for v in model.variables)
        warn_of_stages(context, root.first("sim_specs"), specs, every)
        title = header.content("name") if header is not None else ""
        project = Project(
            name=title or Path(context.name).stem,
            variables=own.variables,
            sim_specs=specs,
            dimensions=tuple(dimensions.values()),
            units=read_units(_blocks(found.roots, "model_units")),
            groups=own.groups,
            modules=own.modules,
            submodels=submodels,
            macros=with_further_results([*macros, *called]),
            dialect=dialect_of(properties, Path(context.name).suffix),
            file=context.name,
            views=(*(n.raw for n in root.every("style")), *own.views),
            properties=properties,
            outside_is_nan=gives_nan_outside(root),
        )
        report_unknown(context, found.roots)
        report_behavior(context, found.roots, [f.option for f in self._filters])
        report_outside(context, project)
        report_cycle_time(context, root.first("sim_specs"), project)
        report_not_computed(context, project)
        report_readings(context, project)
        report_stamps(context, root.first("sim_specs"), project)
        if is_of_vensim(root):
            warn_of_placeholders(context, project.variables)
        else:
            warn_of_other_dimensions(context, project)
        project = carry_out(context, shapes, project, _blocks(found.roots, "data"))
        if main is None and not project.macros:
            context.error("the file has no model", root, "an XMILE file holds a <model> element")
        if main is not None:
            self.checks = checks_among(context, variables_of(main.node), project)
        return replace(project, warnings=context.finish())

    # Files

    def _include(self, root: Node, module: str) -> None:
        """Gather a file's parts and those of the files that it includes.

        The unnamed model of a ``module``'s file gets the module's name.
        """
        found = self._found
        found.roots.append(root)
        place = root.document.repaired
        if place is not None:
            mark = place.text[place.column - 1 : place.column]
            message = f"`{mark}` stands where XML does not allow it; it is read as itself"
            hint = "write `&amp;` for `&`, and `&lt;` for `<`"
            self._context.diagnostics.warn(message, place, hint)
        behavior = Behavior().inside(root.first("behavior"))
        self._behavior = behavior if len(found.roots) == 1 else self._behavior
        for node in root.every("model"):
            name = identifier(node.get("name")) or module
            inner = behavior.inside(node.first("behavior"))
            if resource_of(node):
                self._load(node, name)
            elif node.get("encryption-scheme"):
                message = f"the model `{name}` is encrypted"
                self._context.error(message, node, "save the file without encryption")
            else:
                found.models.append(_Model(name, node, inner))
        found.macros += root.every("macro")
        header = root.first("header")
        includes = header.first("includes") if header is not None else None
        for node in includes.every("include") if includes is not None else ():
            self._load(node, "")

    def _load_modules(self) -> None:
        """Load the files that modules name; those files may have modules too."""
        known = 0
        while known < len(self._found.models):
            model = self._found.models[known]
            known += 1
            for node in variables_of(model.node):
                if node.tag == "module" and resource_of(node):
                    self._load(node, identifier(node.get("name")))

    def _load(self, node: Node, module: str) -> None:
        resource = resource_of(node)
        if "://" in resource:
            message = f"`{resource}` is an address, and nothing is read from the network"
            self._context.warn(message, node, "save a copy beside the model and name that")
            return
        try:
            for path in self._paths(node, resource):
                if path in self._found.files and not module:
                    continue
                if len(self._found.roots) >= MAX_FILES:
                    self._context.error(f"the model is made of over {MAX_FILES} files", node)
                    return
                self._found.files.add(path)
                content = read_bytes(path, str(path), SyntaxFault, asked_at=node.place)
                self._include(_root(decode(content, str(path)), str(path)), module)
        except HeadwaterError as fault:
            self._context.add(fault)

    def _paths(self, node: Node, resource: str) -> list[Path]:
        folder = self._context.folder
        if folder is None or "*" not in resource:
            return [locate(self._context, node, resource)]
        inside(folder, resource.replace("*", "_"), node.place, SyntaxFault)
        first, _, last = resource.rpartition("/")
        within = inside(folder, first or ".", node.place, SyntaxFault)
        note_search(within)
        found = sorted(within.glob(last)) if "**" not in last else []
        return [inside(folder, str(p.relative_to(folder)), node.place, SyntaxFault) for p in found]

    # Models

    def _main_model(self) -> _Model | None:
        """Return the root model: the one without a name, else the first that is no module."""
        models = self._found.models
        top = {id(node) for node in self._root.children}
        own = [m for m in models if id(m.node) in top]
        unnamed = [m for m in own if not m.name]
        if not unnamed and len(own) > 1:
            nodes = [m.node for m in models]
            unnamed = [m for m in own if not is_module_of(m.name, nodes)]
        return next(iter([*unnamed, *own, *models]), None)

    def _warn_of_unused(self, models: Iterable[_Model], names: frozenset[str]) -> None:
        for model in models:
            if canonical(model.name) in names and variables_of(model.node):
                message = f"the model `{model.name}` is no module's, and has no part in the run"
                hint = "list it among the modules of the model that uses it"
                self._context.warn(message, model.node, hint)

    def _other_models(self, main: _Model | None) -> list[_Model]:
        """Return the models of modules, which names tell apart."""
        found: dict[str, _Model] = {}
        for model in self._found.models:
            if model is main:
                continue
            if not model.name:
                message = "a model without a name beside the root model is not used"
                self._context.warn(message, model.node, "give it the name of its module")
            elif found.setdefault(canonical(model.name), model).node.place != model.node.place:
                message = f"the model `{model.name}` is defined twice"
                self._context.error(message, model.node, "give every model a name of its own")
        return list(found.values())

    def _submodel(self, model: _Model, shapes: Shapes, specs: SimSpecs | None) -> Submodel:
        context, node = self._context, model.node
        own = node.first("sim_specs")
        if specs is not None and own is not None and read_specs(context, own, specs) != specs:
            message = f"the model `{model.name}` has simulation settings of its own"
            hint = (
                "give all models of a file the same settings: XMILE has two ways to run such a "
                "model, in step with the whole and to its end each time, and no place to say which"
            )
            context.error(message, own, hint)
        self._warn_of_file(model, specs)
        nodes = variables_of(node)
        report_misplaced(context, nodes)
        groups = read_groups(context, nodes)
        blocks = [b for o in (node, self._file_of(node)) for b in o.every("behavior")]
        nodes, options = options_of(context, nodes, blocks, self._filters)
        nodes, lists = without_lists(context, nodes, shapes)
        reader = VariableReader(context, shapes, model.behavior, group_of(groups, nodes))
        return Submodel(
            model.name,
            tuple(filtered(context, with_lists(reader.read(nodes), lists), options)),
            read_modules(context, nodes, model.name),
            groups,
            (
                *(serialize(n) for n in nodes if of_a_vendor(n)),
                *(c.raw or serialize(c) for c in node.children if c.tag in VIEWS or of_a_vendor(c)),
            ),
        )

    def _warn_of_file(self, model: _Model, specs: SimSpecs | None) -> None:
        """Tell, once a file, where a module would run by another method when opened alone.

        When it starts and stops is the whole's to say, whatever its file has been saved with.
        """
        file = self._file_of(model.node)
        own = file.first("sim_specs")
        if specs is None or own is None or file is self._root or own.place in self._told:
            return
        self._told.add(own.place)
        alone = read_specs(self._context, own, specs)
        step, method = alone.step_expression or alone.step, alone.method
        if (step, method) != (specs.step_expression or specs.step, specs.method):
            message = f"the file of the module `{model.name}` has a step or a method of its own"
            hint = "the module runs in step with the whole, by the settings of the whole"
            self._context.warn(message, own, hint)

    def _file_of(self, model: Node) -> Node:
        """Return the root element of the file that a model stands in."""
        of_model = (r for r in self._found.roots if any(c is model for c in r.children))
        return next(of_model, self._root)


def _blocks(roots: Iterable[Node], tag: str) -> list[Node]:
    return [block for root in roots for block in root.every(tag)]
