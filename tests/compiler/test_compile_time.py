"""Compilation takes time in proportion to the model."""

import time

from headwater.compiler.pipeline import compile_project, compile_stages
from headwater.compiler.printer import to_text
from headwater.compiler.resolved_text import model_text, schedule_text
from model_lines import project


def chain(count):
    lines = []
    for k in range(count // 4):
        following = (k + 1) % (count // 4)
        lines += [
            f"stock s{k} = {k}; + f{k}; - g{k}",
            f"flow f{k} = a{k} * s{k} / (1 + k{k} * s{k} ^ 2)",
            f"flow g{k} = MAX(0, s{k} - s{following}) * 0.1 + IF a{k} > 3 THEN 1 ELSE 2",
            f"aux a{k} = s{k} * k{k} + TIME",
            f"constant k{k} = {k + 1}.5",
        ]
    return project("\n".join(lines))


def arrays(count):
    """Arrays that are loops, sums over them, and arrays that take from both."""
    lines = []
    for k in range(count // 4):
        lines += [
            f"stock s{k}[d] = {k}; + f{k}[d]",
            f"flow f{k}[d] = s{k}[d] * g{k}[d] / (1 + t{(k + 1) % (count // 4)})",
            f"aux g{k}[d] = SMTH1(s{k}[d], 3)",
            f"aux t{k} = SUM(s{k}[*])",
        ]
    elements = tuple(f"e{k}" for k in range(20))
    return project("\n".join(lines), dimensions={"d": elements})


def elements_in_turn(count):
    """An array whose elements have equations of their own, each of which takes the one before."""
    rest = (f"aux v[e{k}] = v[e{k - 1}] * 0.5 + {k}" for k in range(1, count))
    lines = ["array v over d", "aux v[e0] = TIME", *rest]
    return project("\n".join(lines), dimensions={"d": tuple(f"e{k}" for k in range(count))})


def seconds(count, make=chain):
    model = make(count)
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        compile_project(model)
        best = min(best, time.process_time() - start)
    return best


def test_ten_times_the_equations_take_about_ten_times_as_long():
    seconds(100)
    assert seconds(4000) < 25 * seconds(400)


def test_ten_times_the_arrays_take_about_ten_times_as_long():
    seconds(100, arrays)
    assert seconds(3000, arrays) < 25 * seconds(300, arrays)


def test_ten_times_the_elements_in_turn_take_about_ten_times_as_long():
    seconds(100, elements_in_turn)
    assert seconds(3000, elements_in_turn) < 25 * seconds(300, elements_in_turn)


def test_arrays_over_the_same_elements_share_a_loop():
    program = compile_project(arrays(400), outputs=["t0"])
    loops = sum(i.op.value == "loop" for i in program.step.instructions)
    # A loop for each of 100 sums, and one for every 24 of the 300 rules over all elements.
    assert 100 + 13 <= loops <= 100 + 2 * 13


def test_a_long_dependency_chain_does_not_recurse():
    lines = ["aux a0 = TIME", *(f"aux a{k} = a{k - 1} + 1" for k in range(1, 3000))]
    program = compile_project(project("\n".join(reversed(lines))), outputs=["a2999"])
    assert len(program.step.instructions) < 2 * 3000 + 10


def test_deep_nesting_of_definitions_does_not_blow_up():
    text = "TIME"
    for _ in range(25):
        text = f"SAFEDIV(1, {text} + 1, {text[:0]}2)"
    program = compile_project(project(f"aux y = {text}"), outputs=["y"])
    assert len(program.step.instructions) < 300


def test_every_stage_can_be_printed():
    model = project(
        """
        stock s[d] = d; + DELAY1(k, 2) - s[d] / 4
        constant k = 3
        aux a[d] = SUM(s[*]) * EXP(k) + s[d - 1]
        aux b = DELAY(TIME, 3) + PREVIOUS(a[x], 0) + NORMAL(0, 1) + INIT(k)
        """,
        dimensions={"d": ("x", "y")},
    )
    stages = compile_stages(model)
    resolved = model_text(stages.model)
    for part in ("stock s[2]", "s~DELAY1.1", "sum over d of s[d]", "lag 3", "state b~PREVIOUS"):
        assert part in resolved
    ordered = schedule_text(stages.schedule)
    once, start, step = (ordered.index(t) for t in ("once,", "at the start", "in every step"))
    assert once < ordered.index("  k") < start < ordered.index("  s\n") < step
    assert step < ordered.index("  a\n", step) < ordered.index("  b\n", step)


def test_the_listing_names_what_a_person_looks_for():
    listing = to_text(compile_project(chain(8)))
    for part in ("program model", "input 'k0'", "stock 's1'", "step:", "store derivative 'd(s0)'"):
        assert part in listing
