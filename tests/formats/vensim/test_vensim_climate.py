"""What climate models ask of ranges: layers, targets in order, parts of a range, by elements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formats.vensim.running import NOT_AVAILABLE, run, values
from formats.vensim.test_vensim_converted import converted, written

TARGETS = """{UTF-8}
:MACRO: SAMPLE UNTIL(lastTime,input,initval)
SAMPLE UNTIL = INTEG( (1-STEP(1,lastTime))*(input-SAMPLE UNTIL)/TIME STEP$, initval) ~ input ~|
:END OF MACRO:
bloc: west, east ~~|
Target: (t1-t3) ~~|
set targets: (t1-t2) ~~|
tNext: (t2-t3) -> tPrev ~~|
tPrev: (t1-t2) -> tNext ~~|
VSMAX== 3 ~~|
Target Type[bloc, t1]= INITIAL(
\tkind[bloc]) ~~|
Target Type[bloc, t2]= 1 ~~|
Target Type[bloc, t3]=
\tIF THEN ELSE(Last Set[bloc]=:NA: :OR: Last Set[bloc] < 3, 0, 2) ~~|
kind[bloc]= 0, 1 ~~|
year[bloc, Target]= 2, 4, 8; 6, 4, 8; ~~|
Active[bloc, Target]= IF THEN ELSE( Target Type[bloc, Target] > 0, 1, 0) ~~|
When[bloc, Target]= IF THEN ELSE(Active[bloc, Target], year[bloc, Target], 99) ~~|
Last Set[bloc]= INITIAL(
\tVECTOR SELECT( Active[bloc,set targets!], When[bloc,set targets\\
\t\t!]
\t, :NA:, VSMAX, 0)) ~~|
Order[bloc, Target]= VECTOR SORT ORDER(When[bloc, Target], 1 ) ~~|
sorted[bloc, Target]= VECTOR ELM MAP(When[bloc, t1], Order[bloc, Target]) ~~|
previous[bloc, t1]= 0 ~~|
previous[bloc, tNext]= sorted[bloc, tPrev] ~~|
path[bloc, t1]= MIN(Time, sorted[bloc, t1]) ~~|
path[bloc, tNext]= IF THEN ELSE(sorted[bloc, tNext] = 99
\t, path[bloc, tPrev], path[bloc,tPrev] + 10 * MAX(0, Time - previous[bloc, tNext])) ~~|
held [bloc]= SAMPLE UNTIL(Last Set[bloc], path[ bloc, t3 ], 7) ~~|
"""

LAYERS = """{UTF-8}
case: plain,warm ~~|
layers: (layer1-layer3) ~~|
upper:
\t(layer1-layer2) -> lower ~~|
lower: (layer2-layer3) -> upper ~~|
bottom: layer3 ~~|
Depth[layers]= 1,2, 4 ~~|
Flux[ case, layer1]=
\t(Mixed [case]-per meter[ case,layer1])*0.5 ~~|
Flux[ case, lower]=
\t(per meter[ case,upper]
\t-per meter[ case,lower])/(Depth[upper]+Depth[lower]) ~~|
Deep[ case, upper]= INTEG (
\tFlux[ case, upper]-Flux[ case, lower],
\t\t3*Depth[upper]) ~~|
Deep[case, bottom]= INTEG (Flux[case, bottom], 1) ~~|
per meter[ case, layers]= Deep[case, layers]/Depth[layers] ~~|
Mixed[case]= INTEG (-Flux [case, layer1], start[case]) ~~|
start[plain]= 8 ~~|
start[warm]= 16 ~~|
"""


def test_targets_are_taken_in_their_order() -> None:
    """West has one target, at 4, and then the last; east has 4, 6 and 8."""
    found = run(TARGETS, stop=8)
    assert values(found, "sorted")[-1].tolist() == [[4, 8, 99], [4, 6, 8]]
    assert values(found, "Last Set")[-1].tolist() == [4, 6]
    assert values(found, "previous")[-1].tolist() == [[0, 4, 8], [0, 4, 6]]
    assert values(found, "path")[-1].tolist() == [[4, 44, 44], [4, 44, 64]]
    assert values(found, "path")[5].tolist() == [[4, 14, 14], [4, 14, 14]]
    assert values(found, "held")[:, 0].tolist() == [7, 0, 1, 2, 3, 3, 3, 3, 3]
    assert values(found, "held")[:, 1].tolist() == [7, 0, 1, 2, 3, 4, 14, 14, 14]


def test_nothing_selected_is_not_available() -> None:
    found = run(TARGETS.replace("Target Type[bloc, t2]= 1", "Target Type[bloc, t2]= 0"), stop=1)
    assert values(found, "Last Set")[-1].tolist() == [NOT_AVAILABLE, 6]
    assert values(found, "Target Type")[-1].tolist() == [[0, 0, 0], [1, 0, 2]]


def test_layers_exchange_with_their_neighbours() -> None:
    found = run(LAYERS, stop=6, step=0.5)
    depth = np.array([1.0, 2.0, 4.0])
    for i, mixed in enumerate((8.0, 16.0)):
        deep = np.array([3.0, 6.0, 1.0])
        for step in range(13):
            np.testing.assert_allclose(values(found, "Deep")[step, i], deep, rtol=1e-13)
            np.testing.assert_allclose(values(found, "Mixed")[step, i], mixed, rtol=1e-13)
            meter = deep / depth
            flux = np.array([(mixed - meter[0]) / 2, *(meter[:-1] - meter[1:]) / [3, 6]])
            mixed -= 0.5 * flux[0]
            deep += 0.5 * (flux - np.append(flux[1:], 0.0))


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
@pytest.mark.parametrize("text", [TARGETS, LAYERS], ids=["targets", "layers"])
def test_other_formats_run_them_the_same(tmp_path: Path, text: str, ending: str) -> None:
    result = converted(written(tmp_path, text), ending)
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output
