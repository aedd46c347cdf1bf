"""A whole file from a project."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from headwater.errors import Diagnostic
from headwater.formats.aligned_vectors import with_aligned_vectors
from headwater.formats.held_data import report_data
from headwater.formats.losses import Losses
from headwater.formats.missing_elements import with_all_elements
from headwater.formats.ranges import Ranges
from headwater.formats.shapes import Shapes
from headwater.formats.vensim.sketches import read_sketches
from headwater.formats.xmile.kept import PLACEHOLDER, ROOT
from headwater.formats.xmile.specs import dialect_of
from headwater.formats.xmile.texts import escaped_text
from headwater.formats.xmile.writing.drawings import view_tags
from headwater.formats.xmile.writing.equations import EquationWriter
from headwater.formats.xmile.writing.expressions import ExpressionWriter
from headwater.formats.xmile.writing.names import attribute, with_free_names
from headwater.formats.xmile.writing.specs import (
    dimension_tags,
    header_tag,
    name_of_method,
    option_tags,
    root_attributes,
    specs_tag,
    unit_tags,
)
from headwater.formats.xmile.writing.tags import Tag, add_kept, raw, render
from headwater.formats.xmile.writing.variables import VariableWriter
from headwater.language.names import canonical
from headwater.model.project import RESULT, Group, Macro, Module, OwnRun, Project, Submodel
from headwater.model.variables import AnyVariable


def write_text(project: Project) -> tuple[str, list[Diagnostic]]:
    """Return a project as XMILE, and what of it the file does not say."""
    return _Writer(project).write()


class _Writer:
    def __init__(self, project: Project) -> None:
        self._losses = Losses()
        report_data(project, "xmile", self._losses)
        project = with_aligned_vectors(project, self._losses)
        project = with_all_elements(project, self._losses)
        self._project = project = with_free_names(project, self._losses)
        self._shapes = Shapes(project.dimensions)
        self._models: dict[str, Submodel] = {canonical(s.name): s for s in project.submodels}

    def write(self) -> tuple[str, list[Diagnostic]]:
        project, losses = self._project, self._losses
        if project.documentation:
            losses.add("the documentation of the model as a whole is not written")
        spaces = root_attributes(project.properties, own=project.has_time_stamps)
        root = Tag("xmile", spaces)
        add = root.children.append
        add(header_tag(project, option_tags(project)))
        add(specs_tag(project.sim_specs, project.dialect, project.properties, losses))
        if project.units:
            add(Tag("model_units", children=list(unit_tags(project.units))))
        if project.dimensions:
            tags = list(dimension_tags(project.dimensions, project.dialect, losses))
            add(Tag("dimensions", children=tags))
        drawn = [v for v in project.views if project.dialect in ("xmile", "stella")]
        root.children += [raw(v) for v in drawn if v.startswith("<style")]
        root.children += [raw(v) for k, v in project.properties if k == ROOT]
        views = tuple(v for v in drawn if not v.startswith("<style"))
        own = Submodel("", project.variables, project.modules, project.groups, views)
        model = self._model(own)
        add(model)
        self._add_sketches(model)
        for submodel in self._submodels():
            add(self._model(submodel))
        root.children += map(self._macro, project.macros)
        return render(root), losses.report()

    def _add_sketches(self, model: Tag) -> None:
        """Give a model the views that Vensim's sketches are."""
        project = self._project
        if project.dialect != "vensim":
            if project.views and project.dialect not in ("xmile", "stella"):
                self._losses.add("diagrams are not written")
            return
        keys = project.by_key.keys()
        drawings = read_sketches(project.views, {*keys, *(k.removesuffix("_value") for k in keys)})
        views = list(view_tags(drawings, model.children[0].children, self._losses))
        if views:
            model.children.append(Tag("views", children=views))

    def _submodels(self) -> Iterator[Submodel]:
        """Yield the models of modules; a module and its model have one name in XMILE."""
        known = dict(self._models)
        modules = (self._project.modules, *(s.modules for s in known.values()))
        for module in itertools.chain(*modules):
            key = canonical(module.name)
            if module.model and canonical(module.model) != key and key not in known:
                source = self._models.get(canonical(module.model))
                if source is not None:
                    known[key] = replace(source, name=module.name)
                    what = "a model with several modules is written once for each"
                    self._losses.add(what, module.name, module.span)
        yield from known.values()

    # Models

    def _model(self, model: Submodel) -> Tag:
        tag = Tag("model", {"name": attribute(model.name)} if model.name else {})
        children = self._variables(model.variables)
        children += map(self._module, model.modules)
        children += self._groups(model)
        shown = [v for v in model.views if v.startswith(f"<{PLACEHOLDER}")]
        children += map(raw, shown)
        tag.children.append(Tag("variables", children=children))
        tag.children += (raw(v) for v in model.views if v not in shown)
        return tag

    def _variables(self, variables: Sequence[AnyVariable]) -> list[Tag]:
        project, known = self._project, {v.key: v for v in variables}
        expressions = self._expression_writer(known)
        declared = {v.key: v.dimensions for v in variables}
        ranges = Ranges(self._shapes, project.dialect, declared, slices=True)
        equations = EquationWriter(self._shapes, ranges, expressions, self._losses)
        return VariableWriter(equations, self._losses, project.dialect).write(variables)

    def _module(self, module: Module) -> Tag:
        tag = Tag("module", {"name": attribute(module.name)})
        for connection in module.connections:
            target = connection.target
            own = canonical(module.name) + "."
            if not target.startswith(".") and not canonical(target).startswith(own):
                target = f"{module.name}.{target}"
            tag.children.append(Tag("connect", {"to": target, "from": connection.origin}))
        add_kept(tag, module.display)
        return tag

    def _groups(self, model: Submodel) -> list[Tag]:
        groups = {canonical(g.name): g for g in model.groups if g.name.strip()}
        for variable in model.variables:
            if variable.group:
                groups.setdefault(canonical(variable.group), Group(variable.group))
        members: dict[str, list[Tag]] = {}
        for variable in model.variables:
            entity = Tag("entity", {"name": attribute(variable.name)})
            members.setdefault(canonical(variable.group), []).append(entity)
        found: list[Tag] = []
        for key, group in groups.items():
            tag = Tag("group", {"name": attribute(group.name)})
            if group.documentation.strip():
                tag.children.append(Tag("doc", text=escaped_text(group.documentation)))
            if group.parent:
                self._losses.add("groups within groups stand beside each other", group.name)
            tag.children += members.get(key, [])
            found.append(tag)
        return found

    # Macros

    def _expression_writer(self, known: Mapping[str, object]) -> ExpressionWriter:
        project = self._project
        alike = project.sim_specs.step == 1 or dialect_of(project.properties, "") == "stella"
        return ExpressionWriter(
            project.dialect, known, project.macros, self._losses, of_stella=alike
        )

    def _macro(self, macro: Macro) -> Tag:
        tag = Tag("macro", {"name": attribute(macro.name)})
        written = {canonical(m.name) for m in self._project.macros}
        if any(canonical(f"{macro.name}{RESULT}{o}") not in written for o in macro.outputs):
            what = "results of a macro beyond its first are lost, and calls that ask for them fail"
            self._losses.add(what, macro.name, macro.span)
        known = dict[str, object]({v.key: v for v in macro.variables})
        known.update((canonical(p), p) for p in macro.parameters)
        expressions = self._expression_writer(known)
        tag.children.append(
            Tag("eqn", text=expressions.text(macro.expression, macro.name, macro.span))
        )
        required = len(macro.parameters) - len(macro.defaults)
        for index, parameter in enumerate(macro.parameters):
            attributes: dict[str, str] = {}
            if index >= required:
                default = macro.defaults[index - required]
                attributes["default"] = expressions.text(default, macro.name, macro.span)
            tag.children.append(Tag("parm", attributes, attribute(parameter)))
        if macro.documentation.strip():
            tag.children.append(Tag("doc", text=escaped_text(macro.documentation)))
        if macro.run is not None:
            tag.children.append(self._own_run(macro, macro.run, expressions))
        if macro.variables:
            tag.children.append(Tag("variables", children=self._variables(macro.variables)))
        return tag

    def _own_run(self, macro: Macro, run: OwnRun, expressions: ExpressionWriter) -> Tag:
        settings = (("start", run.start), ("stop", run.stop), ("dt", run.step))
        parts = [
            Tag(name, text=expressions.text(value, macro.name, macro.span))
            for name, value in settings
        ]
        return Tag("sim_specs", {"method": name_of_method(run.method)}, children=parts)
