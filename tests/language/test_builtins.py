"""The table of builtins against the standard's text: names, arities, units and definitions."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.language.builtins import BUILTINS, Builtin, find, form_of, suggest
from headwater.language.builtins.page import reference_page
from headwater.language.parser import parse_text
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Unary,
    walk,
)
from headwater.language.units import parse_unit

ROOT = Path(__file__).resolve().parents[2]

# XMILE 1.0, sections 3.5.1 to 3.5.6 and 3.7.1.3: how many arguments each function takes.
STANDARD: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(["ABS", "ARCCOS", "ARCSIN", "ARCTAN", "COS", "EXP", "INT", "LN"], (1, 1)),
    **dict.fromkeys(["LOG10", "SIN", "SQRT", "TAN"], (1, 1)),
    **dict.fromkeys(["INF", "PI", "DT", "STARTTIME", "STOPTIME", "TIME", "SELF"], (0, 0)),
    **dict.fromkeys(["MAX", "MIN"], (1, None)),
    **dict.fromkeys(["EXPRND", "POISSON"], (1, 2)),
    **dict.fromkeys(["LOGNORMAL", "NORMAL", "RANDOM"], (2, 3)),
    **dict.fromkeys(["DELAY", "DELAY1", "DELAY3", "SMTH1", "SMTH3", "TREND"], (2, 3)),
    **dict.fromkeys(["DELAYN", "SMTHN", "FORCST"], (3, 4)),
    "PULSE": (2, 3),
    "RAMP": (2, 3),
    "STEP": (2, 2),
    "INIT": (1, 1),
    "PREVIOUS": (2, 2),
    **dict.fromkeys(["MEAN", "STDDEV", "SUM", "SIZE"], (1, 1)),
    "RANK": (2, 3),
}


@pytest.mark.parametrize("name", STANDARD)
def test_every_function_of_the_standard_is_there_with_its_arguments(name: str) -> None:
    found = BUILTINS[name]
    most = found.max_args
    if found.kind == "random" and most is not None:
        # Stella adds a minimum, a maximum and a sample time to each of them.
        assert [p.name for p in found.parameters[-3:]] == ["min", "max", "sample"]
        most -= 3
    assert (found.min_args, most) == STANDARD[name]
    assert found.reference.startswith("XMILE 1.0, 3.")


def test_names_are_found_in_any_spelling() -> None:
    for name, builtin in BUILTINS.items():
        assert builtin.name == name == name.upper()
        assert find(name.lower()) is builtin
    assert find("safe div") is None
    assert find("If Then Else") is BUILTINS["IF_THEN_ELSE"]


@pytest.mark.parametrize("builtin", BUILTINS.values(), ids=lambda b: b.name)
def test_entries_are_complete(builtin: Builtin) -> None:
    assert builtin.doc.endswith(".")
    assert builtin.reference
    example = parse_text(builtin.example)
    calls = [n for n in walk(example) if isinstance(n, Call) and find(n.function.text) is builtin]
    names = [n for n in walk(example) if isinstance(n, Name) and find(n.text) is builtin]
    assert calls or names
    for call in calls:
        assert len(call.arguments) >= builtin.min_args
        assert builtin.max_args is None or len(call.arguments) <= builtin.max_args
    optional = [p.optional for p in builtin.parameters]
    assert optional == sorted(optional), "optional parameters come last"


@pytest.mark.parametrize(
    "builtin", [b for b in BUILTINS.values() if b.definition], ids=lambda b: b.name
)
def test_definitions_use_parameters_and_builtins_only(builtin: Builtin) -> None:
    own = {p.name for p in builtin.parameters}
    for text in (builtin.definition, *builtin.defaults.values()):
        for node in walk(parse_text(text)):
            if isinstance(node, Call):
                called = find(node.function.text)
                assert called
                assert called is not builtin
            elif isinstance(node, Name):
                assert node.key in own or find(node.text)
    assert set(builtin.defaults) <= {p.name for p in builtin.parameters if p.optional}


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("ABS", ["x"], "x"),
        ("SQRT", ["x^2"], "x"),
        ("EXP", ["1"], "1"),
        ("LN", ["1"], "1"),
        ("MAX", ["x"], "x"),
        ("STEP", ["x", "time"], "x"),
        ("RAMP", ["x/time", "time", "time"], "x"),
        ("PULSE", ["x", "time", "time"], "x/time"),
        ("SMTHN", ["x", "time", "1", "x"], "x"),
        ("DELAY3", ["x", "time", "x"], "x"),
        ("TREND", ["x", "time", "1/time"], "1/time"),
        ("FORCST", ["x", "time", "time", "1/time"], "x"),
        ("SAFEDIV", ["x*y", "y", "x"], "x"),
        ("TIME", [], "time"),
        ("SIZE", [None], "1"),
    ],
)
def test_unit_rules(name: str, arguments: list[str | None], result: str) -> None:
    found = BUILTINS[name]
    assert [p.unit for p in found.parameters] == [a and parse_unit(a) for a in arguments]
    assert found.unit == parse_unit(result)


def test_repeated_arguments_share_the_last_parameter() -> None:
    assert BUILTINS["MAX"].parameter(5) is BUILTINS["MAX"].parameters[0]
    assert BUILTINS["SMTH1"].parameter(1).name == "averaging_time"


def test_vensim_spellings() -> None:
    for vensim, own in (
        ("SMOOTH3I", "SMTH3"),
        ("zidz", "ZIDZ"),
        ("INITIAL", "INIT"),
        ("DELAY N", "VENSIM_DELAYN"),
        ("PULSE", "VENSIM_PULSE"),
        ("TIME_STEP", "DT"),
    ):
        assert find(vensim, "vensim") is BUILTINS[own]
    assert [p.name for p in BUILTINS["VENSIM_DELAYN"].parameters] == [
        "input",
        "delay_time",
        "initial",
        "order",
    ]
    assert find("SMTH1", "vensim") is None


def test_stella_spellings() -> None:
    assert find("UNIFORM") is BUILTINS["RANDOM"]
    assert find("UNIFORM", "stella") is BUILTINS["RANDOM"]


def test_suggestions() -> None:
    assert suggest("SMOOTH") == "did you mean `SMTH1`?"
    assert suggest("sqr") == "did you mean `SQRT`?"
    assert suggest("qqqqqq") == ""


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("SMTH1", "SMOOTH"),
        ("smoth3", "SMOOTH3"),
        ("IF", "IF THEN ELSE"),
        ("DELAYFIXED", "DELAY FIXED"),
        ("DELAY", "DELAY FIXED"),
    ],
)
def test_suggestions_in_vensim_are_vensims(word: str, meant: str) -> None:
    assert suggest(word, "vensim").startswith(f"did you mean `{meant}`?")


# Vensim Reference Manual and Stella's help, under the functions' names.
@pytest.mark.parametrize(
    ("name", "dialect", "form"),
    [
        ("delay3i", "vensim", "DELAY3I(input, delay_time, initial)"),
        ("Random Uniform", "vensim", "RANDOM UNIFORM(minimum, maximum, seed)"),
        ("SMOOTH N", "vensim", "SMOOTH N(input, averaging_time, initial, order)"),
        ("integer", "vensim", "INTEGER(number)"),
        ("SMTH3", "xmile", "SMTH3(input, averaging_time[, initial])"),
        ("PI", "xmile", "PI"),
        ("SMTH3", "vensim", ""),
    ],
)
def test_a_form_is_that_of_the_dialect(name: str, dialect: str, form: str) -> None:
    assert form_of(name, dialect) == form


def test_the_reference_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "reference" / "builtins.md").read_text(encoding="utf-8")
    assert page == reference_page(), "run: python -m headwater.language.builtins.page"


# A second, naive reading of the definitions.

FUNCTIONS = {
    "ABS": abs,
    "EXP": math.exp,
    "LN": math.log,
    "INT": math.floor,
    "MAX": max,
    "MIN": min,
    "SIN": math.sin,
    "COS": math.cos,
}
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "and": lambda a, b: a and b,
    "mod": lambda a, b: a - math.floor(a / b) * b,
}


def value(node: Expression, names: Mapping[str, float]) -> float:
    match node:
        case Number(value=number):
            return number
        case Name(key=key):
            return {"inf": math.inf, "pi": math.pi, **names}[key]
        case Call(function=function, arguments=arguments):
            return FUNCTIONS[function.text.upper()](*(value(a, names) for a in arguments))
        case Unary(operator="-", operand=operand):
            return -value(operand, names)
        case Binary(operator=operator, left=left, right=right):
            return OPERATORS[operator](value(left, names), value(right, names))
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return value(then if value(condition, names) else otherwise, names)
    raise AssertionError(node)


def call(name: str, *arguments: float, time: float = 0.0, dt: float = 1.0) -> float:
    builtin = BUILTINS[name]
    bound = {p.name: a for p, a in zip(builtin.parameters, arguments, strict=False)}
    run = {"time": time, "dt": dt, "starttime": 0.0}
    for parameter in builtin.parameters[len(arguments) :]:
        bound[parameter.name] = value(parse_text(builtin.defaults[parameter.name]), run)
    return value(parse_text(builtin.definition), {**run, **bound})


def test_pulse_as_in_the_standard() -> None:
    """PULSE(20, 12, 5) is 20/DT at times 12, 17, 22 and so on."""
    dt = 0.25
    on = [t for t in (i * dt for i in range(120)) if call("PULSE", 20, 12, 5, time=t, dt=dt) == 80]
    assert on == [12, 17, 22, 27]
    once = [t for t in (i * dt for i in range(120)) if call("PULSE", 20, 12, time=t, dt=dt)]
    assert once == [12]


def test_pulse_and_step_with_a_step_that_is_not_exact_in_binary() -> None:
    """Times are start + n * DT, so that rounding puts some of them just before or after."""
    dt = 0.1
    times = [i * dt for i in range(1000)]
    pulses = [i for i, t in enumerate(times) if call("PULSE", 1, 0.3, 0.7, time=t, dt=dt)]
    assert pulses == list(range(3, 1000, 7))
    accumulated = 0.0
    for i in range(1000):
        assert call("STEP", 6, 0.3, time=accumulated, dt=dt) == (6 if i >= 3 else 0)
        accumulated += dt


def test_step_as_in_the_standard() -> None:
    """STEP(6, 3) steps from 0 to 6 at time 3 and stays there."""
    assert [call("STEP", 6, 3, time=t) for t in (0, 2.5, 3, 4, 100)] == [0, 0, 6, 6, 6]


def test_ramp_as_in_the_standard() -> None:
    """RAMP(2, 5) has slope 2 from time 5 on; the optional third argument ends it."""
    assert [call("RAMP", 2, 5, time=t) for t in (0, 5, 6, 10)] == [0, 0, 2, 10]
    assert [call("RAMP", 2, 5, 8, time=t) for t in (0, 6, 8, 10)] == [0, 2, 6, 6]
    assert call("RAMP", 2, 5, 3, time=10) == 0


def test_safe_division() -> None:
    assert call("SAFEDIV", 6, 3) == 2
    assert call("SAFEDIV", 6, 0) == 0
    assert call("SAFEDIV", 6, 0, 7) == 7


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("ROUND", 2.5, 3),
        ("ROUND", -2.5, -2),
        ("ROUND", 2.4, 2),
        ("ROUND", -2.6, -3),
        ("TRUNC", 1.5, 1),
        ("TRUNC", -1.5, -1),
        ("TRUNC", -2, -2),
    ],
)
def test_rounding(name: str, argument: float, expected: float) -> None:
    assert call(name, argument) == expected


def test_quantum_rounds_towards_zero() -> None:
    assert call("QUANTUM", 1.9, 0.5) == 1.5
    assert call("QUANTUM", -1.9, 0.5) == -1.5
    assert call("QUANTUM", 1.9, 0) == 1.9


@given(st.floats(-5, 5))
def test_hyperbolic_functions(x: float) -> None:
    assert call("SINH", x) == pytest.approx(math.sinh(x), abs=1e-14, rel=1e-14)
    assert call("COSH", x) == pytest.approx(math.cosh(x), rel=1e-14)
    assert call("TANH", x) == pytest.approx(math.tanh(x), abs=1e-14)


@given(st.floats(1e-6, 1e6), st.floats(1.5, 20))
def test_logarithms_to_a_base(x: float, b: float) -> None:
    assert b ** call("LOG", x, b) == pytest.approx(x, rel=1e-12)


def test_waves() -> None:
    assert call("SINWAVE", 5, 12, time=3) == pytest.approx(5)
    assert call("COSWAVE", 5, 12, time=6) == pytest.approx(-5)
    assert call("SINWAVE", -5, 12, time=3) == pytest.approx(5)
    assert call("COSWAVE", -5, 12, time=6) == pytest.approx(-5)


@pytest.mark.parametrize("dt", [1, 0.25, 0.0625])
def test_compound_growth_does_not_depend_on_the_step(dt: float) -> None:
    stock = 100.0
    for _ in range(round(1 / dt)):
        stock += dt * stock * call("CGROWTH", 10, dt=dt)
    assert stock == pytest.approx(110, rel=1e-12)
    assert call("PERCENT", 0.25) == 25
