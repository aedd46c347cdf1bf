"""Nothing is made or lost on the way through queues and conveyors, whatever their options."""

from random import Random

import numpy as np
import pytest

from formats.xmile.xmile_texts import file, run, specs, values

STEP = 0.5
MARKS = (
    'exponential_leak="true"',
    'discrete="true"',
    'batch_integrity="true"',
    'one_at_a_time="false"',
)


class Chain:
    """A queue, perhaps with an overflow, and conveyors one after the other, all drawn at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.stocks, self.inside, self.outside = ["line"], ["coming"], ["away"]
        coming = self.choice("5", "TIME", "PULSE(12, 1, 2)", "IF TIME &lt; 2 THEN 7.3 ELSE 0")
        parts = [
            f'<stock name="line"><eqn>{self.choice("0", "3")}</eqn><inflow>coming</inflow>'
            "<outflow>going 0</outflow><outflow>away</outflow><queue/></stock>"
            f'<flow name="coming"><eqn>{coming}</eqn></flow><flow name="away"><overflow/></flow>'
            '<flow name="going 0"/>',
            *(self.belt(k) for k in range(self.random.randint(1, 3))),
        ]
        self.outside.append(f"going {len(self.stocks) - 1}")
        self.text = file("".join(parts), settings=specs(6, STEP))

    def choice(self, *options: str) -> str:
        return self.random.choice(options)

    def perhaps(self, share: float, text: str) -> str:
        return text if self.random.random() < share else ""

    def belt(self, k: int) -> str:
        leaks = [f"leak {k} {j}" for j in range(self.random.randint(0, 2))]
        side = f"side {k}"
        self.stocks.append(f"belt {k}")
        self.inside.append(side)
        self.outside += leaks
        options = (
            f"<len>{self.choice('1', '2', '3.5', '2 + TIME / 4', '4 - TIME / 4')}</len>"
            + self.perhaps(0.3, "<capacity>11.5</capacity>")
            + self.perhaps(0.3, "<in_limit>3.3</in_limit>")
            + self.perhaps(0.2, "<arrest>TIME = 3</arrest>")
        )
        marks = " ".join(m for m in MARKS if self.random.random() < 0.25)
        flows = "".join(f"<outflow>{n}</outflow>" for n in (f"going {k + 1}", *leaks))
        made = "".join(
            f'<flow name="{n}" leak_start="{self.choice("0", "0.2")}"><eqn>'
            f"{self.choice('0.1', '0.3', '0.05 * TIME')}</eqn><leak/>"
            f"{self.perhaps(0.2, '<leak_integers/>')}</flow>"
            for n in leaks
        )
        spread = self.perhaps(0.7, 'isee:spreadflow="even"')
        return (
            f'<stock name="belt {k}"><eqn>{self.choice("0", "9", "4, 2, 1")}</eqn>'
            f"<inflow>going {k}</inflow><inflow>{side}</inflow>{flows}"
            f"<conveyor {marks}>{options}</conveyor></stock>"
            f'<flow name="going {k + 1}"/><flow name="{side}" {spread}><eqn>'
            f"{self.choice('1', 'TIME / 2')}</eqn></flow>{made}"
        )


@pytest.mark.parametrize("seed", range(8))
def test_what_comes_in_is_there_or_has_left(seed: int) -> None:
    chain = Chain(seed)
    found = run(chain.text)
    held = sum(values(found, s) for s in chain.stocks)
    net = sum(values(found, f) for f in chain.inside) - sum(values(found, f) for f in chain.outside)
    assert np.diff(held) == pytest.approx(STEP * net[:-1], abs=1e-9)
    assert min(values(found, n).min() for n in (*chain.stocks, *chain.outside)) > -1e-9
    assert values(found, chain.outside[-1]).max() > 0
