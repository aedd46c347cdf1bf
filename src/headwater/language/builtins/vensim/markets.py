"""Vensim's functions of markets, by the profiles of its allocation functions."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Allocation Functions, "

MARKETS: tuple[Builtin, ...] = (
    entry(
        "FIND_MARKET_PRICE",
        "array demand: x, array demand_profile: any, array supply: x, array supply_profile: any",
        "any",
        "The price at which what is asked for and what is offered are equal. Each vector is given "
        "by its first element; profiles are those of `ALLOCATE_AVAILABLE`. A demand lies above "
        "its prices, a supply below them; what is fixed is there at any price. Where the two are "
        "equal at no price, the lowest or the highest price of a profile that is not fixed: 5 "
        "widths from the priority of a normal one, 10 from that of an exponential one.",
        theme="array",
        kind="array",
        example="FIND_MARKET_PRICE(wish[d1], curve[d1, ptype], room[s1], offer[s1, ptype])",
        reference=_MANUAL + "FIND MARKET PRICE",
        vensim="FIND MARKET PRICE",
    ),
    entry(
        "DEMAND_AT_PRICE",
        "quantity: x, array profile: any, price: any",
        "x",
        "The part of a quantity that is asked for at a price: what its profile has above that.",
        theme="array",
        kind="array",
        example="DEMAND_AT_PRICE(wish[demander], curve[demander, ptype], price)",
        reference=_MANUAL + "DEMAND AT PRICE",
        vensim="DEMAND AT PRICE",
    ),
    entry(
        "SUPPLY_AT_PRICE",
        "quantity: x, array profile: any, price: any",
        "x",
        "The part of a quantity that is offered at a price: what its profile has below that.",
        theme="array",
        kind="array",
        example="SUPPLY_AT_PRICE(room[supplier], offer[supplier, ptype], price)",
        reference=_MANUAL + "SUPPLY AT PRICE",
        vensim="SUPPLY AT PRICE",
    ),
    entry(
        "MARKETP",
        "array request: x, array priority: y, constant size: 1, width: y, supply: x",
        "y",
        "The priority at which `ALLOC_P` gives out all of a supply. Each request is spread evenly "
        "over `width`, around its priority. The vectors are given by their first elements, of "
        "which there are `size`. The lowest priority where there is enough for all.",
        theme="array",
        kind="array",
        example="MARKETP(demand[us], priority[us], 3, 2, supply)",
        reference=_MANUAL + "MARKETP",
        vensim="MARKETP",
    ),
    entry(
        "ALLOC_P",
        "request: x, priority: y, width: y, market_priority: y",
        "x",
        "The part of a request, spread evenly over `width` around its priority, that lies above "
        "the market's priority, which `MARKETP` gives.",
        theme="array",
        definition="request * MAX(0, MIN(1, 0.5 + (priority - market_priority) / width))",
        example="ALLOC_P(demand, 5, 2, market)",
        reference=_MANUAL + "ALLOC P",
        vensim="ALLOC P",
    ),
)
"""Every entry of this module."""
