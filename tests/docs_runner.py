"""Runs what the documentation shows, page by page, in a folder of its own.

Every fenced block of a page has one of these info strings:

- `headwater`: statements of a case. A page's blocks add up to one case, loaded after each of them.
- `markdown`: a whole case where it starts with front matter; shown only, otherwise.
- `python`: run, in one namespace a page; a block with `>>>` prompts has its results compared.
- `console`: each line `$ headwater ...` is run and must succeed; the lines shown below it must
  occur in what it prints (`...` stands for anything).
- `sh`: commands for setting up, not run; a make target that is named must exist.
- `yaml`, `json`: parsed. `csv`, `text`, `ebnf`: shown.

An HTML comment right before a block directs it, and stays out of sight:

- `<!-- file: seasonal/case.md -->` saves the block there, for later blocks to use.
- `<!-- edit: seasonal/case.md -->` changes that file: a statement of the block takes the place of
  the file's own of the same kind and name; what the file does not have goes to its end.
- `<!-- case: NAME -->` starts a new case, in the folder NAME.
- `<!-- error: TEXT -->` says that the block must fail, with TEXT in its message.
- `<!-- headwater ... -->` holds statements that the case needs and the page does not show.
"""

import doctest
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

import headwater
from headwater.errors import HeadwaterError

SHOWN = {"csv", "text", "ebnf", "{eval-rst}", "{toctree}"}
FRONT_MATTER = "---\ntitle: An example\ntime: 0 to 10 year, step 1/4\n---\n"
DIRECTIVE = re.compile(r"<!--\s*(file|edit|case|error):\s*(.+?)\s*-->")
HIDDEN = re.compile(r"<!--\s*headwater\s*\n(.*?)-->", re.DOTALL)
STATEMENT = re.compile(r"^(?P<name>[a-z]+ +[\w-]+).*\n(?:(?:[ \t].*)?\n)*", re.MULTILINE)
FENCE = "`" * 3


class PageError(AssertionError):
    """A block that does not do what its page says."""


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is its first line of content, from 1."""

    language: str
    text: str
    line: int
    directives: dict[str, str]
    hidden: str


def blocks(markdown: str) -> Iterator[Block]:
    """The fenced blocks of a page, each with the comments that stand right before it."""
    directives: dict[str, str] = {}
    hidden = ""
    for token in MarkdownIt().parse(markdown):
        if token.type == "html_block":
            directives |= dict(DIRECTIVE.findall(token.content))
            hidden += "".join(HIDDEN.findall(token.content))
        elif token.type == "fence":
            assert token.map
            language = token.info.split()[0] if token.info.strip() else ""
            yield Block(language, token.content, token.map[0] + 2, directives, hidden)
            directives, hidden = {}, ""


@dataclass
class Page:
    """The state that a page's blocks build up, in the order in which they are read."""

    name: str
    folder: Path
    case: str = "example"
    statements: list[str] = field(default_factory=list)
    namespace: dict[str, object] = field(default_factory=lambda: {"__name__": "__main__"})

    def run(self, markdown: str) -> None:
        """Run every block; the current folder must be the page's."""
        for block in blocks(markdown):
            place = f"{self.name}:{block.line}"
            expected = block.directives.get("error")
            try:
                self._run(block, place)
            except HeadwaterError as error:
                if expected is None or expected not in str(error):
                    raise PageError(f"{place}: {error}") from error
            else:
                if expected is not None and block.language != "console":
                    raise PageError(f"{place}: this should fail with `{expected}`, and does not")

    def _run(self, block: Block, place: str) -> None:
        if "file" in block.directives:
            self._save(block.directives["file"], block.text)
        elif "edit" in block.directives:
            self._edit(self.folder / block.directives["edit"], block)
        elif block.language == "headwater":
            self._extend(block)
        elif block.language == "markdown":
            if block.text.startswith("---\n"):
                headwater.load(self._save("whole/case.md", block.text))
        elif block.language == "python":
            self._python(block, place)
        elif block.language == "console":
            for command, shown in commands(block.text):
                self._console(command, shown, block.directives.get("error"), place)
        elif block.language == "sh":
            check_make(block.text, place)
        elif block.language == "yaml":
            yaml.safe_load(block.text)
        elif block.language == "json":
            json.loads(block.text)
        elif block.language not in SHOWN:
            raise PageError(f"{place}: a block of `{block.language}`: see {Path(__file__).name}")

    def _save(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def _edit(self, path: Path, block: Block) -> None:
        text = path.read_text(encoding="utf-8")
        if block.language == "headwater":
            text = with_statements(text, block.text)
        else:
            text = text.rstrip("\n") + "\n" + block.text
        path.write_text(text, encoding="utf-8")
        headwater.load(path.parent)

    def _extend(self, block: Block) -> None:
        if "case" in block.directives:
            self.case, self.statements = block.directives["case"], []
        statements = [*self.statements, block.hidden, block.text]
        body = "\n".join(filter(None, statements))
        headwater.load(
            self._save(f"{self.case}/case.md", f"{FRONT_MATTER}\n{FENCE}headwater\n{body}{FENCE}\n")
        )
        self.statements = statements

    def _python(self, block: Block, place: str) -> None:
        if not block.text.lstrip().startswith(">>>"):
            # Blank lines before the code keep the page's line numbers in tracebacks.
            code = "\n" * (block.line - 1) + block.text
            exec(compile(code, self.name, "exec"), self.namespace)  # noqa: S102 - our own pages
            return
        test = doctest.DocTestParser().get_doctest(block.text, {}, place, self.name, block.line)
        test.globs = self.namespace
        report: list[str] = []
        doctest.DocTestRunner(
            optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False
        ).run(test, out=report.append, clear_globs=False)
        if report:
            raise PageError("".join(report))

    def _console(self, command: str, shown: list[str], error: str | None, place: str) -> None:
        words = shlex.split(command)
        if words[0] != "headwater":
            raise PageError(f"{place}: `{words[0]}` is not run: show it in a block of `sh`")
        program = shutil.which("headwater", path=str(Path(sys.executable).parent))
        if program is None:
            raise PageError("the command `headwater` is not installed beside this Python")
        result = subprocess.run(
            [program, *words[1:]],
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        printed = result.stdout + result.stderr
        allowed = (0,) if error is None else (1, 2)
        if result.returncode not in allowed or (error or "") not in printed:
            raise PageError(
                f"{place}: `{command}` ended with status {result.returncode}, not {allowed}"
                f"{f' and `{error}`' if error else ''}:\n{printed}"
            )
        squeezed = [" ".join(line.split()) for line in printed.splitlines()]
        missing = [line for line in shown if not any(line in printed for printed in squeezed)]
        if missing:
            raise PageError(f"{place}: `{command}` does not print:\n{missing}\nbut:\n{printed}")


def with_statements(case: str, text: str) -> str:
    """Put statements into a case: each replaces its namesake, or is added at the end."""
    added = ""
    for match in STATEMENT.finditer(text):
        statement = match.group().rstrip() + "\n"
        own = re.compile(
            rf"^{re.escape(match['name'])}(?![\w-]).*\n(?:(?:[ \t].*)?\n)*", re.MULTILINE
        )
        case, found = own.subn(lambda _, new=statement: new + "\n", case, count=1)
        added += "" if found else statement + "\n"
    return f"{case}\n{FENCE}headwater\n{added}{FENCE}\n" if added else case


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the lines of output shown below it."""
    command, shown = "", []
    for raw in textwrap.dedent(text).replace("\\\n", " ").splitlines():
        line = " ".join(raw.split())
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = raw.strip()[2:], []
        elif line not in {"", "...", "…"}:
            shown.append(line)
    if command:
        yield command, shown


def check_make(text: str, place: str) -> None:
    """Refuse a make target that the Makefile does not have, right after the word `make`."""
    makefile = Path(__file__).resolve().parent.parent / "Makefile"
    targets = set(re.findall(r"^([\w-]+):", makefile.read_text(encoding="utf-8"), re.MULTILINE))
    for target in re.findall(r"\bmake[ \t]+([a-z][\w-]*)(?![\w=-])", text):
        if target not in targets:
            raise PageError(f"{place}: the Makefile has no target `{target}`")
