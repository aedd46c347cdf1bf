"""Sensitivity indices against functions whose indices are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from headwater.analysis.sensitivity import sensitivity
from headwater.errors import UsageError


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma 1990, with a = 7 and b = 0.1; inputs uniform on -pi … pi."""
    x = np.pi * (2 * u - 1)
    return (np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))[None, :]


G = np.array([0.0, 0.5, 3.0, 9.0, 99.0])


def sobol_g(u: np.ndarray) -> np.ndarray:
    """Sobol' 1993: the product of (|4 x - 2| + a) / (1 + a)."""
    return np.prod((np.abs(4 * u - 2) + G[:, None]) / (1 + G[:, None]), axis=0)[None, :]


def test_ishigami() -> None:
    a, b, pi = 7.0, 0.1, np.pi
    v1 = 0.5 * (1 + b * pi**4 / 5) ** 2
    v2 = a**2 / 8
    v13 = b**2 * pi**8 * 8 / 225
    variance = v1 + v2 + v13
    found = sensitivity(["a", "b", "c"], ishigami, [0.0], base=8192, seed=2)
    assert found.first[:, 0] == pytest.approx([v1 / variance, v2 / variance, 0], abs=0.01)
    total = [(v1 + v13) / variance, v2 / variance, v13 / variance]
    assert found.total[:, 0] == pytest.approx(total, abs=0.01)
    assert found.runs == 8192 * 5


def test_sobol_g_function() -> None:
    partial = 1 / (3 * (1 + G) ** 2)
    variance = np.prod(1 + partial) - 1
    others = np.prod(1 + partial) / (1 + partial)
    names = [f"x{i}" for i in range(len(G))]
    found = sensitivity(names, sobol_g, [0.0], base=8192, seed=3)
    assert found.first[:, 0] == pytest.approx(partial / variance, abs=0.01)
    assert found.total[:, 0] == pytest.approx(partial * others / variance, abs=0.01)
    assert found.ranking() == [0, 1, 2, 3, 4]
    # The true value lies within the stated intervals nearly always; allow one of ten outside.
    inside = np.abs(found.total[:, 0] - partial * others / variance) <= found.total_interval[:, 0]
    assert inside.sum() >= 4


def test_morris_finds_a_linear_function_s_slopes() -> None:
    slopes = np.array([3.0, -2.0, 0.0])
    found = sensitivity(
        ["a", "b", "c"], lambda u: (slopes @ u)[None, :], [0.0], base=20, method="morris"
    )
    assert found.total[:, 0] == pytest.approx(np.abs(slopes))
    assert found.first[:, 0] == pytest.approx(0, abs=1e-12)


def test_several_times_and_an_outcome_that_does_not_vary() -> None:
    found = sensitivity(
        ["a", "b"], lambda u: np.stack([u[0], u[1], 0 * u[0] + 5]), [1, 2, 3], base=256
    )
    assert found.total[:, 0] == pytest.approx([1, 0], abs=0.05)
    assert found.total[:, 1] == pytest.approx([0, 1], abs=0.05)
    assert (found.total[:, 2] == 0).all()


def test_what_cannot_be_done_is_said() -> None:
    with pytest.raises(UsageError, match=r"power of 2(.|\n)*take \d+ or \d+"):
        sensitivity(["a"], lambda u: u, [0.0], base=100)
    with pytest.raises(UsageError, match=r"no uncertain input(.|\n)*convert MODEL case\.md"):
        sensitivity([], lambda u: u, [0.0])
    with pytest.raises(UsageError, match="not finite"):
        sensitivity(["a"], lambda u: np.where(u > 0.5, u, np.nan), [0.0], base=64)


def test_a_case_s_outcome(tmp_path) -> None:
    """A sum of two uniforms, the first twice as wide: four fifths and one fifth of the variance."""
    from headwater.analysis.case_sensitivity import outcome_sensitivity
    from headwater.formats.registry import read_model

    path = tmp_path / "case.md"
    path.write_text(
        "---\ntitle: Sum\ntime: 0 to 4 year, step 1\n---\n\n```headwater\n"
        'constant a : 1 = 1  uncertain uniform(0, 2)  assume "one"\n'
        'constant b : 1 = 1  uncertain uniform(0, 1)  assume "two"\n'
        "aux total : 1 = IF TIME < 2 THEN a + b ELSE b\n```\n",
        encoding="utf-8",
    )
    case = read_model(path)
    found = outcome_sensitivity(case.project, case, "Total", [1.0, 3.0], base=1024, progress=False)
    assert found.inputs == ("a", "b")
    assert found.first[:, 0] == pytest.approx([0.8, 0.2], abs=0.02)
    assert found.total[:, 1] == pytest.approx([0, 1], abs=0.02)
