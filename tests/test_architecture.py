"""Rules of the source that no single module can see: direction, cycles, what is never called."""

import ast
import builtins
import re
import subprocess
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import architecture
from architecture import ROOT

# A room may import the rooms before it, never those after. Single modules stand before all.
DIRECTION = (
    *("errors", "version", "cache", "collection", "writing"),
    *("language", "model", "formats", "compiler", "simulation"),
    *("analysis", "argument", "report", "api", "server", "cli", "__main__"),
)
MODULES = architecture.sources()
LONGEST_FILE = 600
LONGEST_WITHOUT_MAP = 8

# Text of a model, a case or a result is data: nothing may turn it into running code.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint"}
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "code"}
UNSAFE_YAML = {"load", "load_all", "unsafe_load", "full_load", "unsafe_load_all", "full_load_all"}


def room(module: str) -> str:
    """The part of the package that a module belongs to; the package itself stands after all."""
    return module.split(".")[1] if "." in module else "headwater"


def rank(module: str) -> int:
    name = room(module)
    return len(DIRECTION) if name == "headwater" else DIRECTION.index(name)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_room(module: str) -> None:
    assert room(module) in {*DIRECTION, "headwater"}, (
        f"{MODULES[module]} is in no room of the house: put it in one of {', '.join(DIRECTION)}, "
        "or add its room to DIRECTION, to README.md's map and to docs/explanation/architecture.md"
    )


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_one_direction(module: str) -> None:
    backwards = [
        f"{MODULES[module]}:{i.line}: {room(module)} may not import {i.target}: {room(i.target)} "
        "comes later. Move the shared part down, or hand the later part in as an argument."
        for i in architecture.imports(module, MODULES)
        if rank(i.target) > rank(module)
    ]
    assert not backwards, "\n".join(backwards)


PACKAGES = [m for m, path in MODULES.items() if path.name == "__init__.py" and m != "headwater"]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_of_a_folder_names_what_is_there(package: str) -> None:
    """A folder of more than eight files says in its docstring what lies where."""
    above = package.rpartition(".")[0]
    below = {m.rpartition(".")[2] for m in MODULES if m.rpartition(".")[0] == package}
    beside = {m.rpartition(".")[2] for m in MODULES if m.rpartition(".")[0] == above}
    said = ast.get_docstring(architecture.tree(MODULES[package])) or ""
    named = set(re.findall(r"``([a-z][a-z0-9_]*)``", said))
    assert said, f"{MODULES[package]} has no docstring"
    gone = named - below - beside
    assert not gone, f"no longer in {package}: {', '.join(sorted(gone))}"
    assert len(below) <= LONGEST_WITHOUT_MAP or named, f"{package} needs a map of its files"


def test_no_module_needs_itself_to_be_imported() -> None:
    graph = {
        module: {
            i.target
            for i in architecture.imports(module, MODULES)
            if i.eager and i.target != module
        }
        for module in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("these modules import each other in a circle: " + " <- ".join(error.args[1]))


def rebound(tree: ast.Module) -> set[str]:
    """Names that a module gives a meaning of its own, for all of its code."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def forbidden(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and name of everything in a module that could run text or unpickle bytes."""
    found = []
    own = rebound(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [
                (node.lineno, a.name)
                for a in node.names
                if a.name.split(".")[0] in FORBIDDEN_IMPORTS
            ]
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in {*FORBIDDEN_IMPORTS, "builtins"}:
                found.append((node.lineno, node.module))
        elif isinstance(node, ast.Name):
            if node.id in FORBIDDEN_CALLS and node.id not in own:
                found.append((node.lineno, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            dangerous = {"yaml": UNSAFE_YAML, "builtins": FORBIDDEN_CALLS, "pd": {"eval"}}
            if node.attr in dangerous.get(node.value.id, ()):
                found.append((node.lineno, f"{node.value.id}.{node.attr}"))
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if ast.unparse(node.value) != "False":
                found.append((node.value.lineno, "allow_pickle"))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_no_text_is_ever_run(module: str) -> None:
    path = MODULES[module]
    found = forbidden(architecture.tree(path))
    assert not found, "\n".join(
        f"{path}:{line}: {name}: models come from strangers; parse text, never run or unpickle it"
        for line, name in found
    )


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "run = exec",
        "import pickle",
        "from pickle import loads",
        "import builtins\nbuiltins.eval('1')",
        "import yaml\nyaml.load(text)",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "class Target:\n    def compile(self):\n        return compile(self.text)",
    ],
)
def test_the_search_for_running_text_finds_it(text: str) -> None:
    assert forbidden(ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "import re\nre.compile('a')",
        "def compile(program): ...\ncompile(1)",
        "yaml.safe_load(text)",
        "np.save(path, values, allow_pickle=False)",
    ],
)
def test_the_search_for_running_text_is_not_fooled(text: str) -> None:
    assert not forbidden(ast.parse(text))


def test_forbidden_calls_are_builtins() -> None:
    assert all(hasattr(builtins, name) for name in FORBIDDEN_CALLS)


def committed() -> list[Path]:
    """Every file under version control that is there."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip(f"not a git checkout: {listing.stderr.strip()}")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_files_are_of_one_idea() -> None:
    long = {
        path: count
        for path in committed()
        if path.suffix in {".py", ".ts", ".tsx"}
        and (count := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE
    }
    assert not long, "split these, by question answered:\n" + "\n".join(
        f"{path}: {count} lines, more than {LONGEST_FILE}" for path, count in long.items()
    )


# Written in pieces, so that this file does not hold what it looks for.
NEEDLES = {
    "a package registry's host (a lock or a document must not name one)": [
        "pypi" + ".org",
        "python" + "hosted.org",
        "registry." + "npmjs",
        "npmjs" + ".com",
        "deb." + "debian.org",
        "crates" + ".io",
        "anaconda" + ".org",
    ],
    "an absolute path of one machine": [
        "/" + "work/",
        "/tmp/" + "hw",
        "/" + "root/",
        "/" + "Users/",
        "C:" + "\\Users",
    ],
}


@pytest.mark.parametrize("what", NEEDLES)
def test_nothing_committed_names(what: str) -> None:
    found = []
    for path in committed():
        text = path.read_bytes().decode("utf-8", errors="replace").lower()
        found += [
            f"{path}:{text[: text.index(needle.lower())].count(chr(10)) + 1}: {needle}"
            for needle in NEEDLES[what]
            if needle.lower() in text
        ]
    assert not found, f"{what} stands in:\n" + "\n".join(found)


def words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c in "'’" else " " for c in text.lower()).split()


def test_the_shipped_argument_is_not_copied(article: Path) -> None:
    """The case restates its source; nine words in a row of the source are never ours."""
    length = 9
    source = words(article.read_text(encoding="utf-8"))
    passages = {tuple(source[i : i + length]) for i in range(len(source) - length + 1)}
    assert passages, "the source has text"
    copied = []
    for path in committed():
        text = words(path.read_bytes().decode("utf-8", errors="ignore"))
        for i in range(len(text) - length + 1):
            if tuple(text[i : i + length]) in passages:
                copied.append(f"{path}: … {' '.join(text[i : i + length])} …")
                break
    assert not copied, "say it in your own words:\n" + "\n".join(copied)
