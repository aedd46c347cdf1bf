"""A model is one program, wherever in memory its parts come to lie."""

from random import Random

import pytest

from headwater.compiler.fingerprint import program_hash
from headwater.compiler.pipeline import compile_project
from model_lines import project
from random_models import DIMENSIONS, Writer

# Ranks and orders compare each element with each: two axes that have one name.
MODELS = [
    ("aux v[item] = TIME * item\naux o[item] = VECTOR_RANK(v[item], 1)", ()),
    ("aux v[item] = SIN(TIME * item)\naux o[item] = VECTOR_SORT_ORDER(v[item], 1)", ()),
    *((Writer(Random(seed), 8).text, DIMENSIONS) for seed in range(3)),
]


@pytest.mark.parametrize(("text", "dimensions"), MODELS)
def test_a_model_is_one_program(text: str, dimensions: dict[str, tuple[str, ...]]) -> None:
    random = Random(1)
    found: set[str] = set()
    held: list[list[list[int]]] = []
    for _ in range(12):
        held.append([[0] * random.randrange(9) for _ in range(2000)])
        random.shuffle(held[-1])
        del held[-1][::2]
        model = project(text, dimensions=dimensions or {"item": tuple("abcde")})
        found.add(program_hash(compile_project(model)))
    assert len(found) == 1
