"""Stella's financial functions: payments, present values, rates of interest."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_HELP = "isee systems, Stella help, "
_FINANCIAL = _HELP + "Financial builtins"

# pv (1 + rate)^nper + (pmt / rate) ((1 + rate)^nper - 1) + fv = 0, solved for each of three.
_GROWN = "(1 + rate) ^ nper"
_ANNUITY = f"(({_GROWN} - 1) / rate)"

FINANCIAL: tuple[Builtin, ...] = (
    entry(
        "PMT",
        "rate: 1, nper: 1, pv: x, [fv: x]",
        "x",
        "The payment in each of `nper` periods that turns a present value into a future one, at "
        "an interest rate per period. Money received is positive, money paid negative.",
        theme="financial",
        definition=f"IF rate = 0 THEN -(pv + fv) / nper ELSE -(pv * {_GROWN} + fv) / {_ANNUITY}",
        defaults={"fv": "0"},
        example="PMT(0.01, 36, 10000, 0)",
        reference=_FINANCIAL,
    ),
    entry(
        "PV",
        "rate: 1, nper: 1, pmt: x, [fv: x]",
        "x",
        "The present value of `nper` payments and a future value, at an interest rate per period.",
        theme="financial",
        definition=f"IF rate = 0 THEN -(pmt * nper + fv) ELSE -(pmt * {_ANNUITY} + fv) / {_GROWN}",
        defaults={"fv": "0"},
        example="PV(0.01, 36, -332.14, 0)",
        reference=_FINANCIAL,
    ),
    entry(
        "FV",
        "rate: 1, nper: 1, pmt: x, [pv: x]",
        "x",
        "The future value of `nper` payments and a present value, at an interest rate per period.",
        theme="financial",
        definition=f"IF rate = 0 THEN -(pv + pmt * nper) ELSE -(pv * {_GROWN} + pmt * {_ANNUITY})",
        defaults={"pv": "0"},
        example="FV(0.01, 36, -332.14, 10000)",
        reference=_FINANCIAL,
    ),
    entry(
        "STELLA_NPV",
        "stream: any, discount_rate: any, [initial: any]",
        "any",
        "Net present value of a stream so far: from `initial` at the start on, the sum of each "
        "later step's stream, the current one's too, times DT / (1 + discount_rate) ^ (TIME - "
        "STARTTIME). `initial` is the stream's first value where it is left out.",
        theme="financial",
        kind="dynamic",
        example="STELLA_NPV(profit, 0.05)",
        reference=_FINANCIAL + ", and values that BPTK-Py's tests record for Stella's NPV",
        stella="NPV",
    ),
    entry(
        "IRR",
        "stream: any, [missing: any]",
        "any",
        "The interest rate per time unit at which the stream so far has the present value 0: the "
        "sum of the values of all steps, each divided by (1 + rate) ^ (TIME - STARTTIME). Between "
        "-1 and 1000; of several such rates, one. At the start, and where there is none, "
        "`missing`, which is 0 where it is left out.",
        theme="financial",
        kind="dynamic",
        example="IRR(cash_flow, 0)",
        reference=_FINANCIAL,
        defaults={"missing": "0"},
    ),
)
