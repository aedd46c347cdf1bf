"""Files that are meant to do harm are refused; a valid one takes time in proportion to its size."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from formats.xmile.xmile_texts import HEADER, NAMESPACES, aux, file, read, specs
from headwater.compiler.pipeline import compile_project
from headwater.errors import HeadwaterError, SyntaxFault
from headwater.formats.registry import read_model
from headwater.formats.xmile import write

LAUGHS = "".join(f'<!ENTITY lol{k} "{f"&lol{k - 1};" * 10 if k else "lol"}">\n' for k in range(10))
SECRET = "file:///etc/passwd"


@pytest.mark.parametrize(
    "declaration",
    [
        f"<!DOCTYPE xmile [\n{LAUGHS}]>",
        f'<!DOCTYPE xmile [<!ENTITY lol9 "{"x" * 50_000}">]>',
        f'<!DOCTYPE xmile [<!ENTITY lol9 SYSTEM "{SECRET}">]>',
        f'<!DOCTYPE xmile [<!ENTITY % p SYSTEM "{SECRET}"> %p;]>',
        f'<!DOCTYPE xmile SYSTEM "{SECRET}">',
        '<!DOCTYPE xmile PUBLIC "-//x//y" "http://example.org/x.dtd">',
        "<!DOCTYPE xmile>",
        '<!DOCTYPE xmile [<!ATTLIST aux name CDATA "x">]>',
    ],
    ids=["laughs", "quadratic", "file", "parameter", "system", "public", "bare", "attributes"],
)
def test_document_types_and_entities_are_refused(declaration: str) -> None:
    text = file(aux("x", "1") + f"<aux name='y'><doc>{'&lol9;' * 1000}</doc><eqn>1</eqn></aux>")
    head, _, rest = text.partition("\n")
    start = time.process_time()
    with pytest.raises(SyntaxFault, match="is refused") as caught:
        read(f"{head}\n{declaration}\n{rest}")
    assert time.process_time() - start < 1
    assert caught.value.diagnostics[0].place is not None


def test_an_entity_that_is_not_declared() -> None:
    with pytest.raises(SyntaxFault, match="undefined entity"):
        read(file("<aux name='y'><doc>&lol;</doc><eqn>1</eqn></aux>"))


def test_included_documents_are_not_included() -> None:
    """XInclude and processing instructions mean nothing here."""
    text = file(
        aux("x", "1")
        + f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{SECRET}" parse="text"/>'
        + '<?xml-stylesheet href="http://example.org/x.xsl"?>'
    )
    project = read(text)
    assert [v.name for v in project.variables] == ["x"]
    assert "root:" not in write(project)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a>" * 2000 + "</a>" * 2000, "nested deeper"),
        ("<xmile>" + "<aux/>" * 500_001 + "</xmile>", "more than 500,000 elements"),
        ("\n" * 2_000_001 + "<xmile/>", "lines"),
        ("<xmile>" + "<a>" * 99, "not well-formed"),
        ("<xmile><model><views>" + "<a>" * 200 + "</views></model></xmile>", "nested deeper"),
        ("<xmile", "not well-formed"),
        ("<sbml/>", "root element"),
        ("<xmile/>", "no model"),
        ("\0\0", "not well-formed"),
        ("plain text", "not well-formed"),
    ],
    ids=range(10),
)
def test_documents_that_are_no_models(text: str, message: str) -> None:
    start = time.process_time()
    with pytest.raises(HeadwaterError, match=message):
        read(text)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe<\x00x", b"<?xml version='1.0' encoding='utf-7'?><xmile/>", b"<xmile>\xff</xmile>"],
)
def test_bytes_that_are_no_text(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    path.write_bytes(content)
    with pytest.raises(HeadwaterError):
        read_model(path)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    with path.open("wb") as out:
        out.truncate(33 * 2**20)
    with pytest.raises(HeadwaterError, match="MiB"):
        read_model(path)


DATA = '<data><import type="CSV" resource="{}"/></data>'


@pytest.mark.parametrize(
    "path",
    [
        "../outside.csv",
        "a/../../outside.csv",
        "/etc/passwd",
        "..\\outside.csv",
        "C:\\outside.csv",
        "//host/share/x.csv",
    ],
)
def test_references_out_of_the_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("x\n7\n", encoding="utf-8")
    folder = tmp_path / "model"
    folder.mkdir()
    include = HEADER.replace(
        "</header>", f'<includes><include resource="{path}"/></includes></header>'
    )
    for text in (
        file(aux("x", ""), before=DATA.format(path)),
        file(aux("x", "1"), header=include),
        file(aux("x", "1") + f'<module name="m" resource="{path}"/>'),
        file(aux("x", "1"), after=f'<model name="m" resource="{path}"/>'),
    ):
        with pytest.raises(HeadwaterError, match=r"out of the|no file"):
            read(text, folder)


def test_stars_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "m.xmile").write_text(f"<xmile {NAMESPACES}/>", encoding="utf-8")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    for path in ("../*.xmile", "link/*.xmile", "/*.xmile"):
        header = HEADER.replace(
            "</header>", f'<includes><include resource="{path}"/></includes></header>'
        )
        with pytest.raises(HeadwaterError, match="out of the"):
            read(file(aux("x", "1"), header=header), folder)


def test_many_files_that_include_each_other(tmp_path: Path) -> None:
    for k in range(60):
        header = HEADER.replace(
            "</header>", '<includes><include resource="*.xmile"/></includes></header>'
        )
        (tmp_path / f"m{k}.xmile").write_text(
            file(aux(f"x{k}", "1"), header=header), encoding="utf-8"
        )
    with pytest.raises(HeadwaterError, match="over 50 files"):
        read_model(tmp_path / "m0.xmile")


HOSTILE = {
    "brackets": aux("x", "(" * 20_000 + "1" + ")" * 20_000),
    "signs": aux("x", "-" * 20_000 + "1"),
    "sums": aux("x", "1" + "+1" * 20_000),
    "powers": aux("x", "2" + "^2" * 20_000),
    "nots": aux("x", "NOT " * 20_000 + "1"),
    "ifs": aux("x", "IF 1 THEN " * 10_000 + "1"),
    "braces": aux("x", "{" * 100_000),
    "comments": aux("x", "{}" * 50_000 + "1"),
    "slashes": aux("x", "1" + "//" * 50_000),
    "lines": aux("x", "// x\n" * 20_000 + "1"),
    "a list": aux("x", ",".join(["1"] * 100_000)),
    "quotes": aux("x", '"' * 100_001),
    "a long name": aux("x" * 200_000, "1"),
    "escapes": f'<aux name="x"><doc>{chr(92) * 100_000}</doc><eqn>1</eqn></aux>',
    "delays": aux("x", "DELAYN(1, 2, 1e6)"),
    "long delays": aux("x", "DELAY(1, 1e300)"),
    "smooths": aux("x", "SMTH3(" * 200 + "1" + ", 2)" * 200),
    "subscripts": aux("x", "y[" * 5_000 + "1" + "]" * 5_000),
    "points": '<gf name="g"><xscale min="0" max="1"/><ypts>' + "1," * 200_000 + "</ypts></gf>",
    "a long conveyor": '<stock name="s"><eqn>0</eqn><outflow>o</outflow><conveyor><len>1e9</len>'
    '<arrest>TIME</arrest></conveyor></stock><flow name="o"/>',
    "a long list of contents": f'<stock name="s"><eqn>{"1," * 50_000}1</eqn><outflow>o</outflow>'
    '<conveyor><len>4</len></conveyor></stock><flow name="o"/>',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_equations(kind: str) -> None:
    start = time.process_time()
    try:
        compile_project(read(file(HOSTILE[kind])))
    except HeadwaterError as error:
        assert all(d.message for d in error.diagnostics)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("settings", "macros"),
    [
        (specs(1e9, 1e-9), ""),
        (specs(1e308, 1e-300), ""),
        (specs(), '<macro name="F"><eqn>F(a - 1) + F(a - 2)</eqn><parm>a</parm></macro>'),
        (
            specs(),
            '<macro name="F"><eqn>IF a &lt; 2 THEN 1 ELSE F(a - 1) + F(a - 2)</eqn><parm>a</parm>'
            "</macro>",
        ),
        (
            specs(),
            "".join(
                f'<macro name="F{k or ""}"><eqn>F{k + 1}(a) + F{k + 1}(a)</eqn><parm>a</parm>'
                "</macro>"
                for k in range(40)
            ),
        ),
    ],
    ids=["steps", "tiny steps", "endless", "exponential", "doubling"],
)
def test_hostile_settings_and_macros(settings: str, macros: str) -> None:
    start = time.process_time()
    with pytest.raises(HeadwaterError):
        compile_project(
            read(file(aux("x", "F(60)") if macros else "", settings=settings, after=macros))
        )
    assert time.process_time() - start < 5


# No construct takes time that grows faster than the file

GROWING: dict[str, Callable[[int], str]] = {
    "auxiliaries": lambda n: file(
        "".join(aux(f"x {k}", f"x {k - 1} * 2" if k else "1") for k in range(n))
    ),
    "stocks": lambda n: file(
        "".join(
            f'<stock name="s{k}"><eqn>1</eqn><inflow>f{k}</inflow></stock>'
            f'<flow name="f{k}"><eqn>s{k}</eqn></flow>'
            for k in range(n // 2)
        )
    ),
    "one long sum": lambda n: file(aux("y", "1") + aux("x", " + ".join(["y"] * 10 * n))),
    "one long list": lambda n: file(
        '<aux name="x"><dimensions><dim name="d"/></dimensions>'
        f"<eqn>{','.join(['1'] * 10 * n)}</eqn></aux>",
        before=f'<dimensions><dim name="d" size="{10 * n}"/></dimensions>',
    ),
    "elements": lambda n: file(
        '<aux name="x"><dimensions><dim name="d"/></dimensions>'
        + "".join(f'<element subscript="{k + 1}"><eqn>{k}</eqn></element>' for k in range(n))
        + "</aux>",
        before=f'<dimensions><dim name="d" size="{n}"/></dimensions>',
    ),
    "elements with a rest": lambda n: file(
        '<aux name="x"><dimensions><dim name="d"/></dimensions><eqn>7</eqn>'
        + "".join(f'<element subscript="{k + 1}"><eqn>{k}</eqn></element>' for k in range(n))
        + "</aux>",
        before=f'<dimensions><dim name="d" size="{2 * n}"/></dimensions>',
    ),
    "functions by element": lambda n: file(
        '<aux name="x"><dimensions><dim name="d"/></dimensions><eqn>TIME</eqn>'
        + "".join(
            f'<element subscript="{k + 1}"><gf><xscale min="0" max="1"/><ypts>0,{k}</ypts></gf>'
            "</element>"
            for k in range(n)
        )
        + "</aux>",
        before=f'<dimensions><dim name="d" size="{n}"/></dimensions>',
    ),
    "flows of one stock": lambda n: file(
        '<stock name="s"><eqn>0</eqn>'
        + "".join(f"<inflow>f{k}</inflow>" for k in range(n))
        + "</stock>"
        + "".join(f'<flow name="f{k}"><eqn>{k}</eqn></flow>' for k in range(n))
    ),
    "graphical functions": lambda n: file(
        "".join(
            f'<aux name="x{k}"><eqn>TIME</eqn><gf><xpts>0,1,2</xpts><ypts>1,2,{k}</ypts></gf></aux>'
            for k in range(n)
        )
    ),
    "modules": lambda n: file(
        aux("x", "1")
        + "".join(
            f'<module name="m{k}"><connect to="a" from="x"/></module>' for k in range(n // 10)
        ),
        after="".join(
            f'<model name="m{k}"><variables>{aux("a", "0")}{aux("b", "a + 1")}</variables></model>'
            for k in range(n // 10)
        ),
    ),
    "macros": lambda n: file(
        "".join(aux(f"x{k}", f"F{k}({k})") for k in range(n // 4)),
        after="".join(
            f'<macro name="F{k}"><eqn>a + {k}</eqn><parm>a</parm></macro>' for k in range(n // 4)
        ),
    ),
    "units": lambda n: file(
        "".join(aux(f"x{k}", "1", f"<units>u{k}</units>") for k in range(n)),
        before="<model_units>"
        + "".join(f'<unit name="u{k}"><alias>v{k}</alias></unit>' for k in range(n))
        + "</model_units>",
    ),
    "groups": lambda n: file(
        "".join(aux(f"x{k}", "1") for k in range(n))
        + "".join(f'<group name="g{k}"><entity name="x{k}"/></group>' for k in range(n))
    ),
    "dimensions": lambda n: file(
        aux("x", "1"),
        before="<dimensions>"
        + "".join(f'<dim name="d{k}"><elem name="e{k}"/></dim>' for k in range(n))
        + "</dimensions>",
    ),
    "comments": lambda n: file(aux("x", "{ ( } " * 10 * n + "1")),
    "line comments": lambda n: file(aux("x", "1 + // (\n" * n + "1")),
    "views": lambda n: file(
        aux("x", "1"), views="<views>" + "<view><a b='c'>d</a></view>\n" * 10 * n + "</views>"
    ),
    "one long line": lambda n: file(aux("x", "1") + " " * 100 * n + aux("y", "x")),
    "mistakes": lambda n: file("".join(aux(f"x{k}", "1 +") for k in range(n))),
    "unknown names": lambda n: file("".join(aux(f"x{k}", f"yy{k}") for k in range(n))),
}
SMALL = 100
FACTOR = 10
TOLERATED = 3
"""How much more than in proportion a file of ten times the size may take: caches, and a clock."""


def _work(text: str) -> float:
    """Return the processor time of reading, compiling and writing, the least of three."""
    times: list[float] = []
    for _ in range(3):
        start = time.process_time()
        try:
            project = read(text)
            compile_project(project)
            write(project)
        except HeadwaterError as error:
            error.render()
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("kind", GROWING)
def test_time_grows_no_faster_than_the_file(kind: str) -> None:
    make = GROWING[kind]
    small, large = make(SMALL), make(SMALL * FACTOR)
    size = len(large) / len(small)
    before = max(_work(small), 0.01)
    assert _work(large) <= TOLERATED * size * before
