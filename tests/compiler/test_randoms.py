"""Random streams: published vectors of the generator, distributions, independence."""

import numpy as np
import pytest
from scipy import stats

from headwater.compiler.draws.distributions import normal_quantile
from headwater.compiler.draws.randoms import threefry, uniform
from headwater.compiler.lowering.builder import BlockBuilder, wrap
from headwater.compiler.program import Op
from headwater.compiler.targets.reference import VALUES
from model_lines import project, run

# Known answers of the authors' library (Random123, kat_vectors, threefry2x64 with 20 rounds).
KNOWN = [
    ((0, 0), (0, 0), (0xC2B6E3A8C2C69865, 0x6F81ED42F350084D)),
    ((2**64 - 1,) * 2, (2**64 - 1,) * 2, (0xE02CB7C4D95D277A, 0xD06633D0893B8B68)),
    (
        (0x243F6A8885A308D3, 0x13198A2E03707344),
        (0xA4093822299F31D0, 0x082EFA98EC4E6C89),
        (0x263C7D30BB0F0AF1, 0x56BE8361D3311526),
    ),
]


@pytest.mark.parametrize(("counter", "key", "wanted"), KNOWN)
def test_threefry_gives_the_published_words(counter, key, wanted):
    build = BlockBuilder()
    key_words = tuple(build.integer(wrap(k)) for k in key)
    counter_words = tuple(build.integer(wrap(c)) for c in counter)
    words = threefry(build, key_words, counter_words)
    assert tuple(build.literal(w) for w in words) == tuple(wrap(w) for w in wanted)


def test_uniform_numbers_stay_inside_the_open_interval():
    build = BlockBuilder()
    assert build.literal(uniform(build, build.integer(0))) == 2.0**-53
    assert build.literal(uniform(build, build.integer(-1))) == 1 - 2.0**-53


def evaluate(build, value, given):
    """Evaluate with NumPy; ``given`` replaces the instruction TIME."""
    done = []
    for op, arguments, attribute in build.instructions[: value + 1]:
        if op is Op.TIME:
            done.append(given)
        elif op is Op.FLOAT:
            done.append(np.float64(attribute))
        else:
            done.append(VALUES[op](*(done[a] for a in arguments)))
    return done[value]


def test_the_normal_quantile_is_scipy_s():
    u = np.concatenate([10.0 ** np.arange(-15, 0, 0.25), np.linspace(0.001, 0.999, 999)])
    u = np.concatenate([u, 1 - u[u < 0.1], [2.0**-53, 1 - 2.0**-53]])
    build = BlockBuilder()
    found = evaluate(build, normal_quantile(build, build.emit(Op.TIME)), u)
    np.testing.assert_allclose(found, stats.norm.ppf(u), rtol=5e-15, atol=1e-15)


DRAWS = {
    "RANDOM(2, 5)": stats.uniform(2, 3),
    "NORMAL(10, 3)": stats.norm(10, 3),
    "EXPRND(4)": stats.expon(scale=4),
    "LOGNORMAL(10, 4)": stats.lognorm(np.sqrt(np.log(1.16)), scale=10 / np.sqrt(1.16)),
}


@pytest.mark.parametrize("text", DRAWS)
def test_draws_follow_their_distribution(text):
    found = run(project(f"aux y = {text}", time=(0, 19, 1)), runs=400)["y"].ravel()
    assert stats.kstest(found, DRAWS[text].cdf).pvalue > 1e-3


@pytest.mark.parametrize("mean", [0.2, 3.0, 12.0, 29.0, 30.0, 31.0, 80.0, 1000.0])
def test_poisson_numbers_have_their_frequencies(mean):
    draws = run(project(f"aux y = POISSON({mean})", time=(0, 19, 1)), runs=400)["y"].ravel()
    assert (draws == np.floor(draws)).all()
    low, high = stats.poisson.ppf([0.02, 0.98], mean)
    edges = np.unique(np.round(np.linspace(low, high, 8)))
    observed = np.histogram(draws, [-np.inf, *(edges + 0.5), np.inf])[0]
    below = stats.poisson.cdf(edges, mean)
    expected = np.diff([0, *below, 1]) * len(draws)
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_a_poisson_number_has_no_negative_mean():
    draws = run(project("aux y = POISSON(1 - TIME)", time=(0, 3, 1)), runs=50)["y"][0]
    before, none, *negative = draws
    assert np.isfinite(before).all() and (none == 0).all()
    assert np.isnan(negative).all()


def test_steps_runs_elements_variables_and_seeds_are_independent():
    model = project(
        "aux a[d] = NORMAL(0, 1)\naux b = NORMAL(0, 1) + 0 * NORMAL(0, 1)",
        dimensions={"d": ("x", "y")},
        time=(0, 49, 1),
    )
    first = run(model, runs=40, seed=1)
    second = run(model, runs=40, seed=2)
    samples = [*first["a"], first["b"][0], *second["a"], second["b"][0]]
    samples += [samples[0][:, ::-1], np.roll(samples[0], 1, axis=0)]
    correlations = np.corrcoef([s.ravel() for s in samples])
    assert np.abs(correlations - np.eye(len(samples))).max() < 0.1


def test_a_run_has_the_same_draws_in_any_batch():
    from headwater.compiler.pipeline import compile_project
    from headwater.compiler.targets.reference import compile_reference

    program = compile_project(project("aux y = NORMAL(0, 1)"))
    executable = compile_reference(program)
    none = np.zeros((0, 5))
    whole = executable.run(none, np.arange(5), 7)
    part = executable.run(none[:, :2], np.array([3, 1]), 7)
    np.testing.assert_array_equal(part, whole[:, :, [3, 1]])


def test_a_draw_does_not_depend_on_other_variables():
    alone = run(project("aux y = NORMAL(0, 1)"))["y"]
    among = run(project("aux a = RANDOM(0, 1)\naux y = NORMAL(0, 1)\naux z = RANDOM(0, 1)"))["y"]
    np.testing.assert_array_equal(alone, among)


def test_a_draw_is_the_same_in_all_stages_of_a_step():
    text = "stock s = 0; + y\naux y = NORMAL(0, 1)"
    found = run(project(text, method="rk4"))
    np.testing.assert_allclose(np.diff(found["s"]), found["y"][:-1], rtol=1e-12, atol=1e-14)


def test_a_seed_of_its_own_gives_every_run_the_same_numbers():
    model = project("aux y = NORMAL(0, 1, 42)\naux z = NORMAL(0, 1, k)\nconstant k = -42")
    found = run(model, runs=3, seed=1)
    np.testing.assert_array_equal(found["y"][0, :, 0], found["y"][0, :, 2])
    np.testing.assert_array_equal(found["y"], run(model, runs=3, seed=9)["y"])
    assert (found["y"] != found["z"]).all()


def test_elements_keep_their_draws_however_the_array_is_written():
    dims = {"d": tuple(f"e{k}" for k in range(20))}
    looped = run(project("aux y[d] = NORMAL(0, 1)", dimensions=dims))["y"]
    lines = "\n".join(f"aux y[e{k}] = NORMAL(0, 1)" for k in range(20))
    small = run(project("array y over d\n" + lines, dimensions=dims))["y"]
    assert looped.shape == small.shape
    np.testing.assert_array_equal(looped, small)
