"""The page of the command line has a section for every command, and names all of its options."""

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from headwater.cli import COMMANDS

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "command-line.md"
SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
SECTIONS = dict(SECTION.findall(PAGE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_in_its_section(name: str) -> None:
    assert name in SECTIONS, f"{PAGE} has no section `## {name}`"
    assert f"headwater {name}" in SECTIONS[name], f"the section `## {name}` shows no call"
    command: click.Command = import_module(COMMANDS[name]).command
    options = [p.opts for p in command.params if isinstance(p, click.Option)]
    said = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", SECTIONS[name]))
    untold = [max(forms, key=len) for forms in options if not said & set(forms)]
    assert not untold, f"the section `## {name}` does not tell of {', '.join(untold)}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_names_no_option_that_is_gone(name: str) -> None:
    command: click.Command = import_module(COMMANDS[name]).command
    known = {form for p in command.params for form in (*p.opts, *p.secondary_opts)} | {"--help"}
    calls = re.findall(rf"^\$ headwater {name}\b(.*)$", SECTIONS[name], re.MULTILINE)
    rows = [row.split("|")[1] for row in re.findall(r"^\| `-.*$", SECTIONS[name], re.MULTILINE)]
    told = {
        option
        for text in (*calls, *rows)
        for option in re.findall(r"(?<!\S)`?(--?[a-z][\w-]*)", text)
    }
    assert not told - known, f"`{name}` has no {', '.join(sorted(told - known))}"
