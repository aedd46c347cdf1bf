"""Rates of Vensim's stocks that are sums of variables are flows in XMILE."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.vensim.running import control, values
from headwater.api import Model
from headwater.formats.vensim import project_of
from headwater.formats.xmile import project_of as xmile
from headwater.formats.xmile import write
from headwater.language.source import Source
from headwater.model.diff import compare_projects
from headwater.model.project import Project
from headwater.simulation.run import Request

BEFORE = "i: i1, i2 ~~|\na = 0.1 + Time / 3 ~~|\nb = 0.7 ~~|\nc = SIN(Time) ~~|\nk[i] = i / 7 ~~|\n"


def through_xmile(text: str, method: str = "0") -> tuple[str, Project, Project]:
    """The text in XMILE, the model before and after; the run and the model must be the same."""
    whole = BEFORE + text + control(5, 0.25)
    whole += f"///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,{method},0,0\n"
    before = project_of(Source("model.mdl", whole), None, "model")
    written = write(before)[0]
    after = xmile(written, None, "model.xmile")
    request = Request(target="reference")
    one, two = Model(before).results(request), Model(after).results(request)
    for found in one.fields:
        np.testing.assert_array_equal(values(one, found.name), values(two, found.name))
    assert not [c for c in compare_projects(before, after).changed if c.what == "net flow"]
    return written, before, after


@settings(max_examples=15, deadline=None)
@given(
    terms=st.permutations(["a", "b", "c"]),
    signs=st.lists(st.sampled_from("+-"), min_size=3, max_size=3),
    count=st.integers(1, 3),
    method=st.sampled_from(["0", "5"]),
)
def test_any_sum_runs_the_same_to_the_last_bit(
    terms: list[str], signs: list[str], count: int, method: str
) -> None:
    """Sums are not associative: flows stand in the order in which the rate adds them up."""
    rate = "".join(f" {s} {t}" for s, t in zip(signs[:count], terms, strict=False))
    written, before, after = through_xmile(f"s = INTEG({rate}, 0.3) ~~|\n", method)
    tags = [f"<{'in' if s == '+' else 'out'}flow>" for s in signs[:count]]
    assert [
        line.strip()[: len(tag)] for line, tag in zip(flows(written), tags, strict=True)
    ] == tags
    assert "net flow" not in written
    assert compare_projects(before, after).same


def flows(written: str) -> list[str]:
    """The lines that tell what flows into stocks and out of them."""
    return [line for line in written.splitlines() if "<inflow>" in line or "<outflow>" in line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s = INTEG(a - b, 0) ~~|\nt = INTEG(b - a, 0) ~~|\n", ["a", "b", "b", "a"]),
        ("s = INTEG(a - b, 0) ~~|\nt = INTEG(a - c, 0) ~~|\n", ["a", "b", "net_flow_of_t"]),
        ("s = INTEG(a + a, 0) ~~|\n", ["net_flow_of_s"]),
        ("s = INTEG(2 * a - b, 0) ~~|\n", ["net_flow_of_s"]),
        ("s = INTEG(a - (b + c), 0) ~~|\n", ["net_flow_of_s"]),
        ("s = INTEG(a, 0) ~~|\nt = INTEG(s, 0) ~~|\n", ["a", "net_flow_of_t"]),
        ("s[i] = INTEG(k[i], 0) ~~|\n", ["k"]),
        ("s[i] = INTEG(k[i1], 0) ~~|\n", ["net_flow_of_s"]),
        ("s[i1] = INTEG(a, 0) ~~|\ns[i2] = INTEG(b, 0) ~~|\n", ["net_flow_of_s"]),
    ],
)
def test_a_flow_is_a_variable_that_goes_from_one_stock_to_one(
    text: str, expected: list[str]
) -> None:
    written, _, _ = through_xmile(text)
    found = [line.split(">")[1].split("<")[0] for line in flows(written)]
    assert found == expected


def test_a_model_of_many_stocks_has_each_flow_once() -> None:
    random = Random(3)
    text = "".join(
        f"s{k} = INTEG({random.choice('abc')} - {random.choice('abc')}, 0) ~~|\n" for k in range(12)
    )
    lines = [line.strip() for line in flows(through_xmile(text)[0])]
    assert len(lines) == len(set(lines))
