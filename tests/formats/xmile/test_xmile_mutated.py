"""Elements of valid files moved, doubled, lost and renamed: read and written alike, or refused.

Random edits of whole suites as text are in ``tests/formats/test_model_fuzz.py``.
"""

from __future__ import annotations

import random
import time
from xml.etree import ElementTree

import pytest

from formats.xmile.test_xmile_writing import AFTER, DIMS, FEATURES, VIEWS, plain
from formats.xmile.xmile_texts import file, read, specs
from headwater.compiler.pipeline import compile_project
from headwater.errors import HeadwaterError
from headwater.formats.xmile import project_of, write
from headwater.formats.xmile.document import NAMESPACE, VENDOR_SPACES

SECONDS = 5.0
TEXTS = [
    *("", " ", "1", "-1", "x", "x y", "TIME", "???", "{", "0", "1e308", "1e999", "nan", "inf"),
    *("a[", "a[*]", "SUM(x)", "DELAY(TIME, 2)", "1, 2", "Place", "Home town", "IF 1 THEN 2"),
    *("true", "false", "Age", "2, 1", "s", "belt", "q", ".x", "M.result", "\u00a0", "\\n", '"'),
]
MODELS = [
    file(FEATURES[k], settings=specs(3, 0.5), before=DIMS, after=AFTER.get(k, ""), views=VIEWS)
    for k in FEATURES
]


def mutated(rng: random.Random, text: str) -> str:
    """Return a document after a few edits of its tree, or of its text."""
    for prefix, space in (("", NAMESPACE), *VENDOR_SPACES.items()):
        ElementTree.register_namespace(prefix, space)
    root = ElementTree.fromstring(text.replace("<a:b/>", "").encode())
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        _edit(rng, root)
    return ElementTree.tostring(root, encoding="unicode")


def _edit(rng: random.Random, root: ElementTree.Element) -> None:
    nodes = list(root.iter())
    parents = [n for n in nodes if len(n)]
    node, parent = rng.choice(nodes), rng.choice(parents)
    child = rng.choice(list(parent))
    match rng.randrange(8):
        case 0:
            parent.remove(child)
        case 1:
            parent.insert(rng.randrange(len(parent) + 1), child)
        case 2:
            target = rng.choice(nodes)
            if target not in list(child.iter()):
                parent.remove(child)
                target.append(child)
        case 3:
            node.text = rng.choice(TEXTS)
        case 4:
            other = rng.choice(nodes)
            node.text, other.text = other.text, node.text
        case 5:
            node.tag = rng.choice(nodes).tag
        case 6:
            for key in list(node.attrib):
                node.set(key, rng.choice(TEXTS))
        case _:
            given = rng.choice([n for n in nodes if n.attrib] or nodes)
            node.attrib.update(given.attrib)


def check(text: str) -> bool:
    """Read, compile and write a text; what compiles comes back equal. Tell whether it does."""
    start = time.process_time()
    try:
        project = read(text)
        written, _ = write(project)
        compile_project(project)
        again = project_of(written, None, project.file)
        assert plain(again) == plain(project)
        assert write(again)[0] == written
    except HeadwaterError as error:
        assert error.diagnostics
        assert all(d.message for d in error.diagnostics)
        error.render()
        return False
    finally:
        assert time.process_time() - start < SECONDS
    return True


def test_the_models_themselves_compile() -> None:
    assert all(map(check, MODELS))


@pytest.mark.parametrize("seed", range(8))
def test_mutated_documents(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(25):
        check(mutated(rng, rng.choice(MODELS)))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_mutated_documents(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(250):
        check(mutated(rng, rng.choice(MODELS)))
