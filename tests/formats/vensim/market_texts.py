"""Models of markets, by Vensim's functions."""

from collections.abc import Sequence

MARKET = """
supplier: s1, s2, s3 ~~|
demander: d1, d2 ~~|
pprofile: ptype, ppriority, pwidth, pextra ~~|
wish[demander] = {wish} ~~|
room[supplier] = {room} ~~|
curve[demander, pprofile] = {curve} ~~|
offer[supplier, pprofile] = {offer} ~~|
price = FIND MARKET PRICE(wish[d1], curve[d1,ptype], room[s1], offer[s1,ptype]) ~~|
asked[demander] = DEMAND AT PRICE(wish[demander], curve[demander,ptype], price) ~~|
offered[supplier] = SUPPLY AT PRICE(room[supplier], offer[supplier,ptype], price) ~~|
"""

PRIORITIES = """
country: us, uk, fr ~~|
demand[country] = 10, 20, 30 ~~|
priority[country] = 6, 5, 3 ~~|
mp = MARKETP(demand[us], priority[us], ELMCOUNT(country), {width}, {supply}) ~~|
got[country] = ALLOC P(demand[country], priority[country], {width}, mp) ~~|
same[country] = ALLOCATE BY PRIORITY(demand[country], priority[country], 3, {width}, {supply}) ~~|
"""


def market(
    kind: int,
    wish: Sequence[float] = (500, 300),
    room: Sequence[float] = (200, 300, 450),
    centres: Sequence[float] = (5, 7, 1, 3, 6),
    widths: Sequence[float] = (2, 4, 2, 4, 3),
) -> str:
    rows = [f"{kind},{c},{w},0;" for c, w in zip(centres, widths, strict=True)]
    return MARKET.format(
        wish=",".join(map(repr, wish)),
        room=",".join(map(repr, room)),
        curve="".join(rows[:2]),
        offer="".join(rows[2:]),
    )
