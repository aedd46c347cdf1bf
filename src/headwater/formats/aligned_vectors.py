"""Vectors over another range than their equation's, for formats without mappings.

Vensim sorts ``sales[region]`` into ``rank[place]`` where the two ranges are mapped. Elsewhere a
vector must run over a dimension of the equation: it gets a variable of its own that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from headwater.formats.losses import Losses
from headwater.formats.ranges import Ranges
from headwater.formats.shapes import Shapes
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, transform
from headwater.model.project import Project
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable, Auxiliary, Data, Equation


def with_aligned_vectors(project: Project, losses: Losses) -> Project:
    """Return a project of Vensim's in which such vectors have variables of their own."""
    if project.dialect != "vensim" or not any(d.mappings for d in project.dimensions):
        return project
    aligner = _Aligner(project)
    variables: list[AnyVariable] = []
    for variable in project.variables:
        found = aligner.variable(variable)
        variables += [*aligner.taken(), found]
        if found is not variable:
            what = "vectors over another range than the equation's get a variable of their own"
            losses.add(what, variable.name, variable.span)
    return replace(project, variables=tuple(variables))


@dataclass(slots=True)
class _Aligner:
    project: Project
    made: dict[str, AnyVariable] = field(default_factory=dict)
    _waiting: list[AnyVariable] = field(default_factory=list)
    _shapes: Shapes = field(init=False)
    _ranges: Ranges = field(init=False)

    def __post_init__(self) -> None:
        self._shapes = Shapes(self.project.dimensions)
        declared = {v.key: v.dimensions for v in self.project.variables}
        self._ranges = Ranges(self._shapes, "vensim", declared)

    def taken(self) -> list[AnyVariable]:
        """Return the variables that were made since the last call."""
        found, self._waiting = self._waiting, []
        return found

    def variable(self, variable: AnyVariable) -> AnyVariable:
        """Return a variable whose vectors run over its own dimensions."""
        if isinstance(variable, Data) or not any(
            self._ranges.has_no_form(variable.dimensions, e) for e in variable.equations
        ):
            return variable
        changed = rewrite(variable, lambda e: transform(e, lambda n: self._call(n, variable)))
        return changed if changed != variable else variable

    def _call(self, node: Expression, owner: AnyVariable) -> Expression:
        if not isinstance(node, Call):
            return node
        spelling = find_spelling(node.function.text, "vensim")
        if spelling is None or spelling[0].kind != "array" or spelling[0].shape != "pointwise":
            return node
        arguments = tuple(self._aligned(a, owner) for a in node.arguments)
        return replace(node, arguments=arguments)

    def _aligned(self, node: Expression, owner: AnyVariable) -> Expression:
        if not isinstance(node, Name) or not node.subscripts:
            return node
        source = self.project.by_key.get(node.key)
        partners = [self._partner(s, owner) for s in node.subscripts]
        if source is None or not any(partners):
            return node
        over = list(self._over(node, partners, owner))
        if len(set(map(canonical, over))) < len(over):
            return node
        name = f"{source.name} in {', '.join(p for p in partners if p)}"
        subscripts = tuple(map(Name, over))
        if canonical(name) not in self.made and self.project.find(name) is None:
            made = Auxiliary(
                name=name,
                dimensions=tuple(over),
                unit=source.unit,
                equations=(Equation(node, tuple(over)),),
                span=owner.span,
            )
            self.made[canonical(name)] = made
            self._waiting.append(made)
        known = self.made.get(canonical(name))
        fits = isinstance(known, Auxiliary) and known.equations[0].expression == node
        return Name(name, subscripts, node.span) if fits else node

    def _over(self, node: Name, partners: list[str], owner: AnyVariable) -> Iterator[str]:
        here = set(map(canonical, owner.dimensions))
        for subscript, partner in zip(node.subscripts, partners, strict=True):
            if partner:
                yield partner
            elif isinstance(subscript, Name) and subscript.key in here:
                yield subscript.text

    def _partner(self, subscript: Expression, owner: AnyVariable) -> str:
        """Return the dimension of the owner's that a range is mapped to; empty where none is."""
        dimension = self._shapes.find(subscript.text) if isinstance(subscript, Name) else None
        if dimension is None or dimension.key in map(canonical, owner.dimensions):
            return ""
        for name in self._ranges.likeliest(owner.dimensions, dimension):
            own = self._shapes.find(name)
            if own is not None and self._ranges.maps(own, dimension):
                return own.name
        return ""
