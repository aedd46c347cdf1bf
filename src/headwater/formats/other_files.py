"""Files that people have beside a model, and that are none to read: what each is, what to do.

Sources: Ventana Systems, Vensim help, "File Types"; isee systems, Stella help, "Stella File
Formats".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from headwater.errors import Place, UsageError

_AS_TEXT = "open it in Vensim and save it as text (File > Save As, `.mdl`)"
_AS_XMILE = "open it in Stella and save it as `.stmx`, or export it as XMILE"
_COMPARE = "give the model; `headwater compare` reads such a file as a run"
_DATA = f"{_COMPARE}, and a model reads its data itself"
_LEFT = "give the model (`.mdl`)"

_MODELS: Mapping[str, tuple[str, str]] = {
    ".vmf": ("a binary Vensim model", _AS_TEXT),
    ".vmfx": ("a binary Vensim model", _AS_TEXT),
    ".vpm": ("a packaged Vensim model", "ask its author for the text model (`.mdl`)"),
    ".vpmx": ("a packaged Vensim model", "ask its author for the text model (`.mdl`)"),
    ".vpa": ("a packaged Vensim application", "ask its author for the text model (`.mdl`)"),
    ".vpax": ("a packaged Vensim application", "ask its author for the text model (`.mdl`)"),
    ".mdlx": ("a Vensim model of a newer kind", _AS_TEXT),
    ".3vmfx": ("a binary Vensim model", _AS_TEXT),
    ".stm": ("a binary model of STELLA 9 or older", _AS_XMILE),
    ".itm": ("a binary model of iThink 9 or older", _AS_XMILE),
    ".stmz": ("a bundle of a Stella model and its files", "unpack it with Stella, as `.stmx`"),
    ".sip": ("a Powersim Studio project", "export the model as XMILE"),
    ".sim": ("a Powersim model", "export the model as XMILE"),
}
"""Models that cannot be read: what a file of an extension is, and what to do."""

_BESIDE: Mapping[str, tuple[str, str]] = {
    ".cin": (
        "a Vensim file of changes",
        "give the model, and the file with `--changes` of `headwater run`",
    ),
    ".out": (
        "a Vensim file of optimization results",
        "give the model, and the file with `--changes` of `headwater run`",
    ),
    ".vsc": (
        "a Vensim set-up of sensitivity simulations",
        "give the model, and the file with `--sensitivity` of `headwater ensemble`",
    ),
    ".voc": (
        "a Vensim optimization control file",
        "give the model; `headwater fit` and `headwater mix` take ranges from a case",
    ),
    ".vpd": (
        "a Vensim payoff definition",
        "give the model; `headwater fit` takes what a model is compared with from a case",
    ),
    ".prm": ("a Vensim parameter control file", _LEFT),
    ".lst": (
        "a Vensim list of variables",
        "give the model, and the variables with `--outputs A,B` of `headwater run`",
    ),
    ".gin": ("a Vensim file of gaming inputs", _LEFT),
    ".cmd": ("a Vensim command script", _LEFT),
    ".frm": ("a Vensim form of an imported table", _LEFT),
    ".rep": ("a Vensim payoff report", _LEFT),
    ".vcd": ("a Vensim application", _LEFT),
    ".vcf": ("a Vensim application", _LEFT),
    ".vgd": ("a Vensim graph definition", _LEFT),
    ".vgf": ("a Vensim graph definition", _LEFT),
    ".vdi": ("a Vensim query of a database", _LEFT),
    ".vdo": ("a Vensim query of a database", _LEFT),
    ".vdf": ("a run that Vensim saved", _COMPARE),
    ".vdfx": ("a run that Vensim saved", _COMPARE),
    ".isdb": (
        "the runs that Stella keeps beside a model",
        "give the model (`.stmx`); to compare a run, export it from Stella as `.csv`",
    ),
    ".isdbb": (
        "the runs that Stella keeps beside a model",
        "give the model (`.stmx`); to compare a run, export it from Stella as `.csv`",
    ),
    ".csv": ("a table", _DATA),
    ".tab": ("a table", _DATA),
    ".dat": ("a table", _DATA),
    ".xlsx": ("a workbook", _DATA),
    ".xlsm": ("a workbook", _DATA),
    ".xls": ("a workbook", _DATA),
    ".parquet": ("a table of results", _COMPARE),
    ".nc": ("a file of results", _COMPARE),
    ".zarr": ("a store of results", _COMPARE),
}
"""What lies beside models, in the same terms."""

_READ = (".mdl", ".xmile", ".stmx", ".itmx", ".md")
_ROOT = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<(?P<name>[A-Za-z_][\w.:-]*)", re.DOTALL)
_ROOTS: Mapping[str, tuple[str, str]] = {
    "InsightMakerModel": (
        "an Insight Maker model",
        "build it again in a tool that writes XMILE (`.xmile`, `.stmx`), or as a case",
    ),
    "AnyLogicWorkspace": (
        "an AnyLogic model",
        "build it again in a tool that writes XMILE (`.xmile`, `.stmx`), or as a case",
    ),
}
"""Models in XML of their own: what a file with such a root element is, and what to do."""

_PRINTED = re.compile(
    rb"^[ \t]*(?P<name>\S[^=\n]{0,200})\(t\) = (?P=name)\(t - dt\) \+", re.MULTILINE
)
_DATABASE = b"SQLite format 3\0"
_SIMULINK = re.compile(rb"(?:\s|#[^\n]*\n)*(?:Model|Library)\s*\{")


def kind_of(path: Path) -> str:
    """Return what a file is by its extension, such as ``a table``; empty: not known."""
    suffix = path.suffix.lower()
    known = _MODELS.get(suffix) or _BESIDE.get(suffix)
    return known[0] if known else "a model" * (suffix in _READ)


def other_file(path: Path, head: bytes) -> UsageError | None:
    """Return the error for what is known and is no model to read, by its extension or content.

    ``head`` are the first bytes of a file, none for a folder.
    """
    place = Place(str(path))
    suffix = path.suffix.lower()
    if _SIMULINK.match(head):
        hint = "Simulink's models are no system dynamics models; their extension is the same"
        return UsageError("this is a Simulink model", place, hint)
    if _PRINTED.search(head):
        what = "this is a printout of a Stella model's equations, which cannot be read"
        return UsageError(what, place, "give the model itself, saved as `.stmx`")
    if suffix in _MODELS:
        what, hint = _MODELS[suffix]
        return UsageError(f"this is {what}, which cannot be read", place, hint)
    if head.startswith(_DATABASE):
        suffix = ".isdb"
    if suffix in _BESIDE:
        what, hint = _BESIDE[suffix]
        return UsageError(f"this is {what}, not a model", place, hint)
    root = _ROOT.match(head)
    if root is None:
        return None
    name = root.group("name").decode("ascii", "replace")
    if name in _ROOTS:
        what, hint = _ROOTS[name]
        return UsageError(f"this is {what}, which cannot be read", place, hint)
    hint = "export the model as XMILE (`.xmile`, `.stmx`), whose root element is `xmile`"
    return UsageError(f"this is XML, but no model: its root element is `{name}`", place, hint)
