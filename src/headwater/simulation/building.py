"""From a project to something that runs, kept in memory so that a second run is fast."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from headwater.collection import without_collection
from headwater.compiler.clock import ClockOverrides
from headwater.compiler.fingerprint import program_hash
from headwater.compiler.program import Clock, Program
from headwater.compiler.targets import Executable
from headwater.errors import UnitError, UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.simulation.finite import rows_to_check
from headwater.simulation.kept_programs import kept_program
from headwater.simulation.layout import Layout, layout_of
from headwater.simulation.outputs import asked_for, resolve_outputs

if TYPE_CHECKING:
    from headwater.model.case import Case, Policy, Variant

TargetName = Literal["llvm", "reference", "ptx"]
TARGETS: tuple[TargetName, ...] = ("llvm", "reference", "ptx")
KEPT = 24
AS_STATED = ClockOverrides()
"""Time, step and method as the model states them."""

Made = TypeVar("Made")
Named = TypeVar("Named", "Policy", "Variant")


class Kept(Generic[Made]):
    """The most recently used results of some work, by what they were made from."""

    def __init__(self) -> None:
        self._items: OrderedDict[Hashable, Made] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept under ``key``, or make it now."""
        if key in self._items:
            self._items.move_to_end(key)
            return self._items[key]
        made = make()
        self._items[key] = made
        if len(self._items) > KEPT:
            self._items.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is compiled. Equal recipes of one model give the same program.

    ``policy`` is put in place for good; ``policies`` are chosen per run by an input. ``held``
    names variables that become plain inputs; ``settled`` are constants that decide the program's
    structure, with their numbers. ``inputs`` of None: every constant is an input.
    ``parts`` is what the results hold where that is less than the whole of all ``outputs``.
    """

    outputs: tuple[str, ...] | None = None
    parts: tuple[str, ...] = ()
    inputs: tuple[str, ...] | None = None
    variant: str = ""
    policy: str = ""
    policies: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    settled: tuple[tuple[str, float], ...] = ()
    settings: ClockOverrides = AS_STATED

    def asking(self, project: Project, outputs: Sequence[str] | None) -> Recipe:
        """Return the recipe for these outputs, as :func:`resolve_outputs` reads them."""
        asked = resolve_outputs(project, outputs)
        return replace(self, outputs=asked.variables, parts=asked.parts)


@dataclass(frozen=True, eq=False)
class Built:
    """A program made ready to run by one target."""

    project: Project
    program: Program
    executable: Executable
    layout: Layout
    rows: dict[str, int]
    defaults: npt.NDArray[np.float64]
    extra: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def saved_shape(self) -> tuple[int, int]:
        """Number of saved values and of saved times of a run."""
        return self.program.output_size, len(self.program.clock.saved_steps())

    @cached_property
    def checked_rows(self) -> npt.NDArray[np.bool_]:
        """Which rows of a result must be finite."""
        return rows_to_check(self.project, self.layout)

    @property
    def hash(self) -> str:
        """Fingerprint of the program."""
        return program_hash(self.program)


class Workshop:
    """Makes and keeps the programs of one model or case.

    ``fingerprint`` is that of the files that it was read from: its programs are then kept on disk.
    """

    def __init__(
        self,
        project: Project,
        case: Case | None = None,
        *,
        check_units: bool = True,
        fingerprint: str = "",
    ) -> None:
        self.project = project
        self.fingerprint = fingerprint
        self.case = case
        self._check_units = check_units and project.dialect == "headwater"
        self._with_units: Kept[None] = Kept()
        self._projects: Kept[Project] = Kept()
        self._programs: Kept[Program] = Kept()
        self._built: Kept[Built] = Kept()
        self._others: Kept[Any] = Kept()

    def project_for(self, recipe: Recipe) -> Project:
        """Return the project without modules, with variant, policies and held variables in place.

        Raises :class:`ModelError` for modules and connections that are not in order.
        """
        key = (recipe.variant, recipe.policy, recipe.policies, recipe.held, recipe.settled)
        return self._projects.get(key, lambda: self._project(recipe))

    def program_for(self, recipe: Recipe) -> Program:
        """Return the typed program.

        Raises :class:`UnitError` for units that contradict each other, in models of our own
        format, and what the compiler raises.
        """
        whole = replace(recipe, parts=())
        return self._programs.get(whole, lambda: self._kept_program(whole))

    def must_compile(self, recipe: Recipe) -> None:
        """Raise what :meth:`program_for` raises, without making the program."""
        from headwater.compiler.pipeline import must_compile

        must_compile(self.project_for(recipe), recipe.settings, recipe.outputs, recipe.inputs)
        if self._check_units:
            self._must_have_units(recipe)

    def _kept_program(self, recipe: Recipe) -> Program:
        """Return the program from disk, where units were checked before it was kept, or make it."""
        known = (recipe, self._check_units)
        return kept_program(self.fingerprint, known, lambda: self._checked_program(recipe))

    def _checked_program(self, recipe: Recipe) -> Program:
        program = self._program(recipe)
        # Units come after names: a misspelt name would otherwise show as a clash of units.
        if self._check_units:
            free = replace(recipe, outputs=None, inputs=None, held=(), settings=AS_STATED)
            self._with_units.get(free, lambda: self._must_have_units(free))
        return program

    def build(
        self, recipe: Recipe, target: TargetName = "llvm", clock: Clock | None = None
    ) -> Built:
        """Return the program ready to run, saving at ``clock`` where one is given."""
        if target not in TARGETS:
            raise UsageError(f"no target `{target}`", hint=f"choose one of {', '.join(TARGETS)}")
        key = (recipe, target, clock)
        return self._built.get(key, lambda: self._build(recipe, target, clock))

    def kept(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what other work on the model made, from memory where it is still there."""
        found: Made = self._others.get(key, make)
        return found

    def policy(self, name: str) -> Policy:
        """Return the policy of that name, or raise :class:`UsageError`."""
        return _named("policy", name, self.case.policies if self.case else ())

    def variant(self, name: str) -> Variant:
        """Return the variant of that name, or raise :class:`UsageError`."""
        return _named("variant", name, self.case.variants if self.case else ())

    def _project(self, recipe: Recipe) -> Project:
        from headwater.compiler.resolving.flatten import flatten

        project = flatten(self.project)
        policies = recipe.policy or recipe.policies
        if not (recipe.variant or policies or recipe.held or recipe.settled):
            return project
        from headwater.simulation.structure import (
            with_constants,
            with_numbers,
            with_policies,
            with_policy,
            with_variant,
        )

        if recipe.variant:
            project = with_variant(project, self.variant(recipe.variant))
        if recipe.policy:
            project = with_policy(project, self.policy(recipe.policy))
        if recipe.policies:
            project = with_policies(project, [self.policy(p) for p in recipe.policies])
        if recipe.settled:
            project = with_numbers(project, recipe.settled)
        return with_constants(project, recipe.held) if recipe.held else project

    def _program(self, recipe: Recipe) -> Program:
        from headwater.compiler.pipeline import compile_project

        s = recipe.settings
        return compile_project(
            self.project_for(recipe),
            outputs=recipe.outputs,
            inputs=recipe.inputs,
            start=s.start,
            stop=s.stop,
            step=s.step,
            save_step=s.save_step,
            method=s.method,
            rtol=s.rtol,
            atol=s.atol,
        )

    def _must_have_units(self, recipe: Recipe) -> None:
        from headwater.compiler.units.check import check_units

        with without_collection():
            found = check_units(self.project_for(recipe))
        errors = [d for d in found if d.severity == "error"]
        if errors:
            raise UnitError(errors)

    def _build(self, recipe: Recipe, target: TargetName, clock: Clock | None) -> Built:
        program = self.program_for(recipe)
        if clock is not None and clock != program.clock:
            program = replace(program, clock=clock)
        project = self.project_for(recipe)
        return Built(
            project,
            program,
            make_executable(program, target),
            asked_for(project, layout_of(project, program), recipe.parts),
            input_rows(program),
            np.array([i.default for i in program.inputs], dtype=np.float64),
        )


def make_executable(program: Program, target: TargetName) -> Executable:
    """Return the program made ready by a target."""
    if target == "reference":
        from headwater.compiler.targets.reference import compile_reference

        return compile_reference(program)
    if target == "ptx":
        from headwater.compiler.targets.ptx import compile_ptx

        return compile_ptx(program)
    from headwater.compiler.targets.llvm import compile_llvm

    return compile_llvm(program)


def input_rows(program: Program) -> dict[str, int]:
    """Return the number of each input by its look-up name, ``name`` or ``name[element]``."""
    return {canonical(i.name): n for n, i in enumerate(program.inputs)}


def _named(kind: str, name: str, known: Sequence[Named]) -> Named:
    key = canonical(name)
    for item in known:
        if canonical(item.name) == key:
            return item
    names = [item.name for item in known]
    raise UsageError(
        f"no {kind} `{name}`",
        hint=did_you_mean(name, names)
        or (f"there are: {', '.join(names)}" if names else f"the model declares no {kind}"),
    )
