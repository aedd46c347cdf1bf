"""A mutated model either loads and compiles, or gives one clear error; never anything else."""

import random
import time

import pytest

from formats.vensim.running import run
from headwater.compiler.pipeline import compile_project
from headwater.errors import HeadwaterError
from headwater.formats.vensim import project_of
from headwater.language.source import Source

MODEL = """{UTF-8}
:MACRO: TWICE(x : half)
TWICE = level * 2 ~~|
level = INTEG(x, 1) ~~|
half = x / 2 ~~|
:END OF MACRO:
all: (A1-A4), B -> (zone: north, north, south, south, south) ~~|
zone: north, south ~~|
part: A2, B ~~|
alias <-> all ~~|
table( [(0,0)-(10,10)],(0,1),(5,2),(10,3) ) ~ Dmnl [0,?] ~ A lookup, "odd |
m[all, zone] = 1, 2; 3, 4; 5, 6; 7, 8; 9, 10; ~~|
x[all] :EXCEPT: [B] = SUM(m[all, zone!]) * table(Time) ~~|
x[B] = IF THEN ELSE(Time > 3 :AND: :NOT: x[A1] = 2, DELAY3(Time, 4), SMOOTH N(1, 2, 3, 2)) ~~|
stock[all] = INTEG(x[all] - stock[all] / lifetime, 10) ~ People ~ Who is there. |
lifetime = 3e1 ~ Year [1,100] ~|
"odd name, $" = VMAX(stock[part!]) + TWICE(lifetime : other) ~~|
rank[all] = VECTOR RANK(stock[all], 1) ~~|
got[all] = ALLOCATE BY PRIORITY(stock[all], m[all, north], 5, 2, 30) ~~|
sane:THE CONDITION: lifetime = 0 :IMPLIES: stock[B] = 0 ~~|
****************
\t.Control
****************~
\t\tSimulation Control
\t|
FINAL TIME = 8 ~ Year ~|
INITIAL TIME = 0 ~~|
TIME STEP = 0.5 ~~|
SAVEPER = TIME STEP ~~|
\\\\\\---/// Sketch information
V300 Do not put anything below this section
*View 1
///---\\\\\\
:L\x7f<%^E!@
15:0,0,0,1,0,0
22:$,Dollar,Dollars
"""
PIECES = [
    *"()[]{},;:=<>+-*/^!~|\"'\\\n\t 0",
    ":EXCEPT:",
    "INTEG(",
    "->",
    "<->",
    "(A1-A9)",
    "é",
    "~~|",
]


def mutated(rng: random.Random) -> str:
    text = MODEL
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text))
        size = rng.choice([0, 1, 1, 2, 8, 40])
        piece = rng.choice([*PIECES, "", text[rng.randrange(len(text)) :][: rng.randint(1, 60)]])
        text = text[:at] + piece + text[at + size :]
    return text


def check(text: str) -> None:
    start = time.process_time()
    try:
        compile_project(project_of(Source("m.mdl", text), None, "m"))
    except HeadwaterError as error:
        assert error.diagnostics
        assert all(d.message for d in error.diagnostics)
    assert time.process_time() - start < 5


def test_the_model_itself_compiles() -> None:
    assert compile_project(project_of(Source("m.mdl", MODEL), None, "m")).outputs


@pytest.mark.parametrize("seed", range(12))
def test_mutated_models(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        check(mutated(rng))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 150))
def test_many_mutated_models(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(200):
        check(mutated(rng))


pytestmark = pytest.mark.filterwarnings("ignore::headwater.errors.DataWarning")

CONTROL = "FINAL TIME=1~~|INITIAL TIME=0~~|TIME STEP=1~~|"


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 50_000 + "1" + ")" * 50_000 + "~~|",
        "x = " + "-" * 50_000 + "1 ~~|",
        "x = " + "1+" * 50_000 + "1 ~~|",
        "x = " + "2^" * 50_000 + "1 ~~|",
        "x = " + ":NOT:" * 20_000 + "1 ~~|",
        "x" * 300_000 + " = 1 ~~|",
        "{" * 100_000 + "~~|",
        '"' * 100_001 + "~~|",
        "'" * 100_000 + "= 1 ~~|",
        "d: (a1-a999999999) ~~|",
        "d: " + ",".join(f"e{k}" for k in range(20_000)) + "~~|x[d] = 1 ~~|y = SUM(x[d!]) ~~|",
        "".join(f"d{k}: d{k + 1} ~~|" for k in range(3_000)),
        "|" * 100_000,
        "x = 1 " + "~" * 100_000 + "|",
        "x " * 50_000 + "= 1 ~~|",
        "a=b~~|" * 5_000,
        "d: (a1-a900) ~~|e <-> d ~~|f <-> d ~~|x[d,e,f] = 1 ~~|",
    ],
    ids=range(17),
)
def test_hostile_texts(text: str) -> None:
    check(text + CONTROL)


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("s[i] = INTEG(SHIFT IF TRUE(s[i1], 1, 1e400, 1, 0), 1)", "SHIFT IF TRUE can shift"),
        ("y = MARKETP(v[i1], v[i1], 1e400, 1, 3)", "must be a whole number"),
        ("y = VECTOR SELECT(v[i!], v[i!], 0, 1e400, 0)", "knows no numerical action inf"),
        ("y = VECTOR LOOKUP(v[i1], 1, 0, 1, 1e400)", "knows no mode inf"),
    ],
)
def test_numbers_too_large_for_a_double_are_refused_as_choices(equation: str, message: str) -> None:
    text = f"i: (i1-i2) ~~|\nv[i] = 1,2 ~~|\n{equation} ~~|\n"
    with pytest.raises(HeadwaterError, match=message):
        run(text, 1)
