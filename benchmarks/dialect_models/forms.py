"""What random equations are made of, and which tools compute a form by a rule of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

SIMLIN, PYSD = "simlin", "pysd"


@dataclass(frozen=True, slots=True)
class Form:
    """An expression with ``{}`` where others go.

    ``memory`` marks a value that depends on earlier times: it has no place in an initial value, and
    stands in an equation of its own where the dialect wants that. ``apart`` names the tools that
    cannot be compared on it, each with the reason.
    """

    text: str
    memory: bool = False
    apart: dict[str, str] = field(default_factory=dict)

    @property
    def places(self) -> int:
        """How many expressions it takes."""
        return self.text.count("{}")


_APPROXIMATE = {SIMLIN: "a delay of another kind"}
_NEGATIVE = {SIMLIN: "other results for numbers below zero"}
_NOT_READ = {SIMLIN: "not read"}
_NOT_BY_PYSD = {PYSD: "not read"}
_DELAY = {SIMLIN: "takes no notice of the lag", PYSD: "a delay of a delay is a step early"}
_SIGN = {PYSD: "the sign of a number in brackets stays outside of its square"}
_TRUTH = {PYSD: "functions of a truth value have three digits"}
_SQUARES = "(({})^2/(1+({})^2))"

SHARED = (
    *(Form(text) for text in ("ABS({})", "-({})", "EXP(-ABS({}))", "SQRT(ABS({}))")),
    *(Form(text) for text in ("SIN({})", "COS({})", "LN(1+ABS({}))", "ARCTAN({})")),
    *(Form(text) for text in ("({} + {})", "({} - {})", "({} * {})/7", "{}/(1+ABS({}))")),
    *(Form(text) for text in ("MIN({}, {})", "MAX({}, {})", "({} - {}*2)")),
    Form("((1+ABS({}))^(SIN({})))"),
    *(Form(text, memory=True) for text in ("DELAY1({}, 2)", "DELAY3({}, 4)")),
)
"""Forms that both dialects have."""

VENSIM = (
    *SHARED,
    Form(_SQUARES),
    Form("ARCSIN(SIN({}))"),
    Form("WITH LOOKUP({}, ((-1,3),(0.5,0.2),(2,1.7)))", apart=_NOT_READ),
    *(
        Form(text, apart=_NOT_BY_PYSD)
        for text in ("LOOKUP FORWARD(lx, {})", "LOOKUP BACKWARD(lx, {})")
    ),
    Form("ACTIVE INITIAL({}, {})", memory=True, apart=_NOT_BY_PYSD),
    *(Form(text, memory=True) for text in ("SMOOTH({}, 1.37)", "SMOOTH3I({}, 1.1, {})")),
    *(Form(text, memory=True) for text in ("DELAY1I({}, 1.7, {})", "DELAY3({}, 3.7)")),
    Form("TREND({}, 1.3, -0.2)", memory=True),
    Form("DELAY FIXED({}, 1.37, {})", memory=True, apart=_APPROXIMATE),
    Form("FORECAST({}, 1.7, 2.3)", memory=True, apart=_NOT_READ),
    *(Form(text) for text in ("tab({})", "lx({})", "XIDZ({}, {}, 2.5)", "ZIDZ({}, {})")),
    Form("INTEGER({})", apart={**_NEGATIVE, PYSD: "what starts with it stays a whole number"}),
    Form("MODULO({}, 3.7+ABS({}))", apart=_NEGATIVE),
    Form("QUANTUM({}, 0.7+ABS({}))"),
    Form("LOG(2+ABS({}), 2+ABS({}))"),
    Form("TANH({})", apart=_NOT_READ),
    Form("GAME({})", apart=_NOT_READ),
    Form("IF THEN ELSE({} > {}, {}, 1.5)"),
    Form("IF THEN ELSE({} <= {} :AND: Time > 2.97, {}, -1.3)", memory=True),
    Form("IF THEN ELSE(:NOT: ({} < {}) :OR: ABS(Time - 4) < 0.03, 0.5, {})", memory=True),
    *(Form(text, memory=True) for text in ("INITIAL({})", "SMOOTH({}, 2.5)", "SMOOTH3({}, 3)")),
    *(Form(text, memory=True) for text in ("SMOOTHI({}, 2, {})", "SMOOTH3I({}, 3, {})")),
    *(Form(text, memory=True) for text in ("DELAY1I({}, 2, {})", "DELAY3I({}, 4, {})")),
    Form("DELAY FIXED({}, 2, {})", memory=True, apart=_APPROXIMATE),
    Form("SAMPLE IF TRUE({} > {}, {}, 0.3)", memory=True),
    Form("TREND({}, 3, 0.1)", memory=True),
    *(Form(t, memory=True, apart=_NOT_READ) for t in ("FORECAST({}, 3, 4)",)),
    *(Form(t, memory=True, apart=_NOT_READ) for t in ("DELAY N({}, 3, {}, 4)",)),
    *(Form(t, memory=True, apart=_NOT_READ) for t in ("SMOOTH N({}, 3, {}, 2)",)),
    Form(
        "NPV({}, 0.1, 0.2, 1.5)",
        memory=True,
        apart={SIMLIN: "adds the initial value after the factor", PYSD: "not read"},
    ),
)

VENSIM_TIMES = (
    *(Form(text) for text in ("Time/4", "STEP(2.1, 3.5)", "RAMP(0.5, 2, 6)")),
    *(Form(text) for text in ("PULSE(3, 2)*1.1", "PULSE TRAIN(1, 1, 3, 9)*1.1")),
    *(Form(text) for text in ("STEP(-1.3, 4.21)", "RAMP(0.7, 1.15, 7.45)", "RAMP(-0.3, 2, 3.33)")),
)

STELLA = (
    *SHARED,
    *(Form(text, apart=_SIGN) for text in (_SQUARES, "(-{}^2+{})")),
    *(
        Form(text, apart={PYSD: "Vensim's rule: nothing is divided by less than a millionth"})
        for text in ("SAFEDIV({}, {}, 2.5)", "SAFEDIV({}, {})")
    ),
    *(Form(text, apart=_NOT_BY_PYSD) for text in ("LOG10(1+ABS({}))", "LOOKUP(tab, {})")),
    *(Form(text, apart=_NOT_BY_PYSD) for text in ("({} // (0.5+ABS({})))",)),
    *(Form(text, apart=_NOT_BY_PYSD) for text in ("(({}) MOD (3.7+ABS({})))",)),
    Form("INT({})", apart={PYSD: "cuts numbers below zero"}),
    Form("(IF {} > {} THEN {} ELSE 1.5)"),
    Form("(IF {} <= {} AND TIME > 2.97 THEN {} ELSE -1.3)", memory=True),
    Form("(IF NOT ({} < {}) OR ABS(TIME - 4) < 0.03 THEN 0.5 ELSE {})", memory=True),
    Form("(NOT ({}))", apart=_TRUTH),
    Form("(({} < {}) OR TIME > 7.03)", memory=True, apart=_TRUTH),
    Form("(({} >= {}) AND TIME > 2.03)", memory=True, apart=_TRUTH),
    Form("INIT({})", memory=True, apart={PYSD: "a smooth that starts with it cuts its inputs"}),
    Form("TREND({}, 3)", memory=True),
    Form("PREVIOUS({}, 0.4)", memory=True, apart=_NOT_BY_PYSD),
    *(Form(text, memory=True) for text in ("SMTH1({}, 2.5)", "SMTH3({}, 3)")),
    *(Form(text, memory=True) for text in ("SMTH1({}, 2, {})", "SMTH3({}, 3, {})")),
    *(Form(text, memory=True) for text in ("DELAY1({}, 2, {})", "DELAY3({}, 4, {})")),
    Form("DELAY({}, 2, {})", memory=True, apart=_DELAY),
    Form("DELAY({}, 1.3, {})", memory=True, apart=_DELAY),
    *(Form(text, memory=True) for text in ("SMTH1({}, 1.37)", "SMTH3({}, 1.1, {})")),
    *(Form(text, memory=True) for text in ("DELAY1({}, 1.7, {})", "TREND({}, 1.3)")),
    Form(
        "FORCST({}, 3, 4)",
        memory=True,
        apart={**_NOT_READ, PYSD: "Vensim's rule where the average is below zero"},
    ),
    Form("SMTHN({}, 3, 2)", memory=True, apart=_NOT_READ),
    Form("DELAYN({}, 4, 2)", memory=True, apart=_NOT_READ),
    Form("ROUND({})", apart={SIMLIN: "rounds halves otherwise", PYSD: "not read"}),
)
STELLA_TIMES = (
    *(Form(text) for text in ("TIME/4", "STEP(2.1, 4)", "RAMP(0.5, 2)", "RAMP(0.3, 1, 5)")),
    Form("RAMP(0.7, 1.15, 7.45)"),
    *(Form(text, apart=_NOT_BY_PYSD) for text in ("DT", "STARTTIME+1")),
)


class Chooser:
    """Picks at random among the forms that a tool can be compared on."""

    def __init__(self, random: Random, forms: Sequence[Form], times: Sequence[Form], tool: str):
        self.random = random
        self._times = [f.text for f in times if tool not in f.apart]
        groups: dict[int, list[Form]] = {}
        for form in forms:
            if tool not in form.apart:
                groups.setdefault(form.places, []).append(form)
        self._groups = list(groups.values())

    def form(self, *, static: bool) -> Form:
        """Return a form; ``static`` ones do not depend on time."""
        while True:
            found = self.random.choice(self.random.choice(self._groups))
            if not (static and found.memory):
                return found

    def time(self) -> str:
        """Return an expression of time alone."""
        return self.random.choice(self._times)
