"""Load a model or a case from any supported file, run it, and run it many times.

Nothing here changes a model: what differs is asked for run by run, or is a new object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.compiler.clock import ClockOverrides
from headwater.errors import CaseError, UsageError, did_you_mean
from headwater.formats.files import noting, read_text
from headwater.formats.remembering import remember
from headwater.language.source import Source
from headwater.model.project import Project
from headwater.simulation.building import Recipe, TargetName, Workshop
from headwater.simulation.params import Params
from headwater.simulation.results.arrays import Results
from headwater.simulation.run import Request, Run, label_run, run_once
from headwater.simulation.store.wanted import QUANTILES, Keep, Keeping

SHIPPED = Path(__file__).parent / "cases"

if TYPE_CHECKING:
    from headwater.argument.results import TestResult
    from headwater.compiler.program import Program
    from headwater.model import case as case_data
    from headwater.model.uncertainty import Distribution, Uncertainty
    from headwater.simulation.checks import Report
    from headwater.simulation.derivatives import DerivativeRequest, Derivatives
    from headwater.simulation.ensemble import Chunk
    from headwater.simulation.results.dataset import Dataset
    from headwater.simulation.setups import Samples


class Model:
    """A model that can be run.

    Compiled programs are kept with the object: the first run takes the time to compile, later
    runs with the same outputs and times do not. With the ``fingerprint`` of the files that the
    model was read from they are kept on disk as well.
    """

    def __init__(self, project: Project, fingerprint: str = "") -> None:
        self._project = project
        self._fingerprint = fingerprint
        self._workshop = Workshop(project, fingerprint=fingerprint)

    def __repr__(self) -> str:
        count = len(self._project.variables)
        count += sum(len(s.variables) for s in self._project.submodels)
        return f"<{type(self).__name__} {self.name!r}, {count} variables>"

    def __reduce__(self) -> tuple[type[Model], tuple[object, str]]:
        """Let another process have the model; it compiles its programs itself."""
        return type(self), (self._project, self._workshop.fingerprint)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._project.name

    @property
    def project(self) -> Project:
        """The model as plain data."""
        return self._project

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables, as the file spells them; those of a module begin with its own."""
        from headwater.compiler.resolving.flatten import flatten

        return tuple(v.name for v in flatten(self._project).variables)

    def run(
        self,
        params: Params | None = None,
        outputs: Sequence[str] | None = None,
        times: Sequence[float] | npt.NDArray[np.float64] | None = None,
        *,
        start: float | None = None,
        stop: float | None = None,
        step: float | None = None,
        method: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        seed: int = 0,
        target: TargetName = "llvm",
        check_finite: bool = True,
    ) -> Dataset:
        """Run the model once and return its variables over time.

        Args:
            params: values by name or ``name[element]``: numbers, arrays of the variable's shape,
                or mappings from elements to numbers. Constants and levers are set; any other
                variable is held at its value for the whole run, whatever its equation or flows.
            outputs: names of the variables to return; None is all of them. ``name[element]``, or
                ``name[element,*]``, returns single elements, each as a variable of that name.
            times: the times to return; None is every saved time. A time within a millionth of a
                step of a computed one is that step's; others are interpolated linearly.
            start, stop, step, method: replace the model's own time settings.
            rtol, atol: relative and absolute tolerance of a method that chooses its own step
                (``dopri5``, ``bosh3``): its error in a step stays below ``atol + rtol * |stock|``.
            seed: seed of the model's random functions.
            target: ``llvm`` (machine code), ``reference`` (the slow oracle) or ``ptx`` (an NVIDIA
                processor; the extra ``gpu``).
            check_finite: raise where a returned value is infinite or not a number.

        Returns:
            A dataset with dimension ``time`` and the model's own. Constants have no ``time``.
            Names are those of the file; ``dataset["Net Birth"]`` does not mind case, spaces or
            underscores. Attributes give units, documentation, group and what it rests on.

        Raises:
            UsageError: a name, shape or time that does not fit.
            ModelError: the model is not in order.
            SimulationError: a value is not finite; the variable and the time are named.
        """
        from headwater.simulation.results.dataset import run_to_dataset

        settings = ClockOverrides(
            start=start, stop=stop, step=step, method=method, rtol=rtol, atol=atol
        )
        request = Request(
            params=params,
            outputs=outputs,
            times=times,
            settings=settings,
            seed=seed,
            target=target,
            check_finite=check_finite,
        )
        return run_to_dataset(self._run(request))

    def results(self, request: Request) -> Results:
        """Run once and return labelled arrays, without the cost of a dataset library."""
        return label_run(self._run(request))

    def ensemble(
        self,
        runs: int = 1000,
        seed: int = 1,
        design: str = "latin",
        outputs: Sequence[str] | None = None,
        *,
        policies: Sequence[str] | None = None,
        variants: Sequence[str] | None = None,
        params: Params | None = None,
        uncertain: Mapping[str, Uncertainty | Distribution] | None = None,
        samples: Mapping[str, npt.ArrayLike] | None = None,
        times: Sequence[float] | npt.NDArray[np.float64] | None = None,
        start: float | None = None,
        stop: float | None = None,
        step: float | None = None,
        method: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        threads: int | None = None,
        chunk: int | None = None,
        progress: bool = True,
        target: TargetName = "llvm",
        reduce: Callable[[Chunk], None] | None = None,
        keep: Keep = "all",
        quantiles: Sequence[float] = QUANTILES,
        store: str | Path | None = None,
        cluster: str | None = None,
    ) -> Dataset:
        """Run the model many times over its uncertainties, variants and policies.

        Every variant and policy sees the same draws. The numbers depend on the seed, not on
        ``threads`` or ``chunk``.

        Args:
            runs: number of draws; each is simulated under every policy in every variant.
            seed: seed of the draws and of the model's random functions.
            design: ``latin`` (hypercube), ``sobol`` or ``random``.
            outputs, times, params, start, stop, step, method, rtol, atol, target: as in
                :meth:`run`.
            policies: names of policies; None is all that the case declares.
            variants: names of variants; None is all that the case declares.
            uncertain: other uncertainties, by name or ``name[element]``.
            samples: values of your own, one a run, by name or ``name[element]``.
            threads: None uses every processor.
            chunk: runs at a time; None chooses it so that all chunks stay below 64 MiB.
            progress: show a bar in a terminal once it has taken over a second.
            reduce: called with every chunk; the outputs are then not kept.
            keep: ``all`` runs, their ``final`` values only, or the ``fan``: quantiles over the
                runs, exact, in memory that hardly grows with the runs.
            quantiles: those of the fan, from 0 to 1.
            store: a folder to keep it in, as a Zarr store, piece by piece: larger than memory
                if need be, and the same call goes on where it was cut short.
            cluster: the address or file of a Dask scheduler, or ``local``, to run it there.

        Returns:
            A dataset with dimensions ``variant`` and ``policy`` (where the case declares some),
            ``run``, ``time`` and the model's own, and the sampled inputs over ``run``; a fan has
            ``quantile`` for ``run`` and no inputs. The attribute ``not_finite`` counts simulations
            with values that are not finite. Runs in a ``store`` are read when they are looked at.

        Raises:
            UsageError: arguments that do not fit the model, or results too large for memory.
            StoreError: the store holds another ensemble, or cannot be written.
            ClusterError: the cluster cannot be reached, or was lost.
            SimulationError: nothing but values that are not finite.
        """
        from headwater.simulation.ensemble import gather
        from headwater.simulation.experiment import EnsembleRequest
        from headwater.simulation.results.dataset import to_dataset

        request = EnsembleRequest(
            runs=runs,
            seed=seed,
            design=design,
            outputs=outputs,
            policies=policies,
            variants=variants,
            params=params,
            uncertain=uncertain,
            samples=samples,
            times=times,
            settings=ClockOverrides(
                start=start, stop=stop, step=step, method=method, rtol=rtol, atol=atol
            ),
            target=target,
        )
        if store is not None or cluster is not None or keep != "all":
            if reduce is not None:
                raise UsageError("`reduce` keeps nothing", hint="leave out `keep` and `store`")
            from headwater.simulation.store.output import ensemble_dataset

            return ensemble_dataset(
                self._workshop,
                request,
                Keeping(keep, tuple(quantiles), chunk),
                store=None if store is None else Path(store),
                cluster=cluster,
                threads=threads,
                progress=progress,
            )
        results = gather(
            self._workshop,
            request,
            threads=threads,
            chunk=chunk,
            progress=progress,
            reduce=reduce,
        )
        return to_dataset(results)

    def derivatives(
        self,
        params: Params | None = None,
        outputs: Sequence[str] | None = None,
        wrt: Sequence[str] | None = None,
        times: Sequence[float] | npt.NDArray[np.float64] | None = None,
        *,
        samples: Mapping[str, npt.ArrayLike] | None = None,
        start: float | None = None,
        stop: float | None = None,
        step: float | None = None,
        method: str | None = None,
        rtol: float | None = None,
        atol: float | None = None,
        seed: int = 0,
        threads: int = 1,
        target: TargetName = "llvm",
        check_finite: bool = True,
    ) -> Dataset:
        """Return how the model's outputs follow its constants: exact derivatives, no differences.

        They are those of the numbers that :meth:`run` computes, by forward-mode differentiation of
        its program, exact to rounding. Where a model jumps or bends, they are those of the side on
        which the run is; the time of a switch has derivative 0.

        Args:
            params, outputs, times, start, stop, step, method, rtol, atol, seed, target: as in
                :meth:`run`.
            wrt: constants or levers, ``name`` or ``name[element]``; None is all of them. Another
                variable can be named if ``params`` holds it.
            samples: values of constants, one for each run, as in :meth:`ensemble`; without them
                there is one run.
            threads: threads to use, for several runs.
            check_finite: raise where a value or a derivative is infinite or not a number.

        Returns:
            A dataset with a variable for each output, named as it is, whose dimensions are
            ``constant``, ``run`` (with ``samples``), ``time`` and the output's own. In a model
            with a variable called constant, the dimension is ``constant_``.

        Raises:
            UsageError: a name, shape or time that does not fit.
            ModelError: something between them has no derivative, or the model is not in order.
            SimulationError: a value or a derivative is not finite.
        """
        from headwater.simulation.derivatives import DerivativeRequest, derivatives_to_dataset

        request = DerivativeRequest(
            outputs=outputs,
            wrt=wrt,
            params=params,
            samples=samples,
            times=times,
            settings=ClockOverrides(
                start=start, stop=stop, step=step, method=method, rtol=rtol, atol=atol
            ),
            seed=seed,
            target=target,
            threads=threads,
            check_finite=check_finite,
        )
        return derivatives_to_dataset(self.differentiate(request))

    def differentiate(self, request: DerivativeRequest) -> Derivatives:
        """Take derivatives and return plain arrays, values among them; see :meth:`derivatives`."""
        from headwater.simulation.derivatives import take_derivatives

        variant = request.variant or self._first_variant
        return take_derivatives(self._workshop, replace(request, variant=variant))

    def project_of(self, variant: str = "") -> Project:
        """Return the model as plain data with a variant's structure, the first if left out.

        Modules stay modules; ``flatten`` makes one model of them.
        """
        chosen = variant or self._first_variant
        return self._workshop.project_for(Recipe(variant=chosen)) if chosen else self._project

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the files that the model was read from; empty where none is known."""
        return self._fingerprint

    def must_compile(self) -> None:
        """Raise what :meth:`program` raises, without making the program."""
        recipe = Recipe(variant=self._first_variant)
        project = self._workshop.project_for(recipe)
        self._workshop.must_compile(recipe.asking(project, None))

    def program(self, outputs: Sequence[str] | None = None, *, variant: str = "") -> Program:
        """Return the typed program that a run with these outputs executes."""
        recipe = Recipe(variant=variant or self._first_variant)
        project = self._workshop.project_for(recipe)
        return self._workshop.program_for(recipe.asking(project, outputs))

    def check(self, draws: int = 16, seed: int = 1, *, progress: bool = True) -> Report:
        """Check units, stated conditions, ranges, finite values, step and method.

        Looks at central values and ``draws`` random draws. Raises nothing for a bad model: what
        is wrong is in the report.
        """
        from headwater.simulation.checks import Plan, check_model

        plan = Plan(draws=draws, seed=seed, fingerprint=self._fingerprint)
        return check_model(self._project, self._workshop.case, plan, progress=progress)

    @property
    def _first_variant(self) -> str:
        case = self._workshop.case
        return case.variants[0].name if case and case.variants else ""

    def with_changes(self, *files: str | Path) -> Model:
        """Return the model with constants and lookups changed by Vensim files of changes (.cin).

        Of several changes of one thing the last counts. Raises :class:`SyntaxFault` or
        :class:`ModelError` for what the files say and the model has not.
        """
        return Model(*self._changed(files))

    def sensitivity_samples(
        self, file: str | Path, runs: int | None = None, seed: int | None = None
    ) -> Samples:
        """Return the runs that a Vensim set-up of sensitivity simulations (.vsc) asks for.

        ``samples.values`` and ``samples.runs`` are for :meth:`ensemble`. ``runs`` and ``seed``
        replace the file's own. Raises :class:`SyntaxFault` for what the file says, and
        :class:`UsageError` for what is no constant of the model.
        """
        from headwater.formats.vensim.files.sensitivity import read_setup
        from headwater.simulation.setups import samples_of

        return samples_of(self._project, read_setup(Path(file)), runs, seed)

    def _changed(self, files: Sequence[str | Path]) -> tuple[Project, str]:
        from headwater.formats.vensim.files.changes import changed_by

        with noting() as reading:
            project = changed_by(self._project, files)
        known = [self._fingerprint, *reading.files.values()]
        return project, sha256("\n".join(known).encode()).hexdigest() if known[0] else ""

    def _run(self, request: Request) -> Run:
        variant = request.variant or self._first_variant
        return run_once(self._workshop, replace(request, variant=variant))


class Case(Model):
    """A model with policies, variants, checks and expectations.

    A plain run uses the first declared variant and the levers' own equations.
    """

    def __init__(self, case: case_data.Case, fingerprint: str = "") -> None:
        super().__init__(case.project, fingerprint)
        self._case = case
        self._workshop = Workshop(case.project, case, fingerprint=fingerprint)

    def __reduce__(self) -> tuple[type[Model], tuple[object, str]]:
        """Let another process have the case; it compiles its programs itself."""
        return type(self), (self._case, self._workshop.fingerprint)

    @property
    def name(self) -> str:
        """The case's title."""
        return self._case.title or self._project.name

    @property
    def case(self) -> case_data.Case:
        """The case as plain data."""
        return self._case

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the declared policies."""
        return tuple(p.name for p in self._case.policies)

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the declared variants."""
        return tuple(v.name for v in self._case.variants)

    def with_changes(self, *files: str | Path) -> Case:
        """Return the case with constants and lookups changed, as :meth:`Model.with_changes`."""
        project, fingerprint = self._changed(files)
        return Case(replace(self._case, project=project), fingerprint)

    def with_policy(self, name: str) -> Case:
        """Return the case whose levers are set as a policy sets them; it declares no others."""
        from headwater.simulation.structure import with_policy

        policy = self._workshop.policy(name)
        variants = tuple(self._case.variants)
        project = with_policy(self._project, policy)
        return Case(replace(self._case, project=project, policies=(), variants=variants))

    def with_variant(self, name: str) -> Case:
        """Return the case with one variant's structure; it declares no others."""
        from headwater.simulation.structure import with_variant

        project = with_variant(self._project, self._workshop.variant(name))
        return Case(replace(self._case, project=project, variants=()))

    def test(
        self,
        runs: int = 1000,
        *,
        seed: int = 1,
        design: str = "latin",
        source: str | Path | None = None,
        posterior: str | Path | None = None,
        store: str | Path | None = None,
        cluster: str | None = None,
        threads: int = 0,
        checks: bool = True,
        progress: bool = True,
    ) -> TestResult:
        """Put the case's argument to the test, and return a verdict for every claim.

        Args:
            runs: sampled cases for each policy and variant.
            seed: of all draws.
            design: ``latin``, ``sobol`` or ``random``.
            source: a copy of the text that the claims are anchored in.
            posterior: the result of a fit, from which the constants that it fitted are drawn.
            store: a folder that keeps the main ensemble, to go on after being cut short.
            cluster: the address of a Dask scheduler, or ``local``.
            threads: to use; 0 is every core.
            checks: whether the model is checked too.
            progress: whether to show it.

        Raises:
            CaseError: the case is not in order; nothing has been run then.
            SimulationError: the model cannot be run.
        """
        from headwater.argument.testing import Options, test_case

        options = Options(
            runs=runs,
            seed=seed,
            design=design,
            threads=threads,
            source=None if source is None else Path(source),
            progress=progress,
            posterior=None if posterior is None else Path(posterior),
            checks=checks,
            store=None if store is None else Path(store),
            cluster=cluster,
        )
        return test_case(self._case, options)


def load(path: str | Path) -> Model:
    """Return a model, or a :class:`Case`, from a file or a folder.

    A name without a path, such as ``tajikistan``, finds a case that ships with the package.
    Raises :class:`UsageError` for what is missing or of no known format, and the format's own
    errors for what stands in it.
    """
    found = remember(find_model(path))
    if isinstance(found.model, Project):
        return Model(found.model, found.fingerprint)
    return Case(found.model, found.fingerprint)


def title_of(folder: Path) -> str:
    """Return the title in a case's front matter, without reading the rest of the case."""
    from headwater.formats.literate import ENTRY
    from headwater.formats.literate.text.collect import Findings
    from headwater.formats.literate.text.frontmatter import read_front_matter
    from headwater.formats.literate.text.markdown import read_document

    entry = folder / ENTRY
    source = Source(str(entry), read_text(entry, str(entry), CaseError))
    findings = Findings()
    return read_front_matter(read_document(source, findings).front_matter, source, findings).title


def shipped_cases() -> dict[str, Path]:
    """Return the cases that ship with the package: folders by name."""
    return {p.name: p for p in sorted(SHIPPED.iterdir()) if (p / "case.md").is_file()}


def find_model(path: str | Path) -> Path:
    """Return the path of a model or, for the bare name of a shipped case, of that case.

    Raises :class:`UsageError` for a bare name that is neither a path nor a shipped case.
    """
    target = Path(path)
    if target.name != str(path) or target.suffix or _exists(target):
        return target
    cases = shipped_cases()
    if str(path) in cases:
        return cases[str(path)]
    raise UsageError(
        f"there is no file, folder or shipped case `{path}`",
        hint=did_you_mean(str(path), cases)
        or f"shipped cases: {', '.join(cases)}; or give the path of a model",
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return True
