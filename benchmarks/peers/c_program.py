"""A plain C program of a model: one run after another, one double a value, libm's functions.

It stands for what a generator of scalar C gives. The typed program is written down as it is, so the
C compiler gets folded constants and hoisted equations for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from headwater.compiler.program import Block, Instruction, Op, Program, Role
from headwater.compiler.targets.graphs import layout
from headwater.compiler.targets.stepping import Stepping, stepping

HEAD = """\
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline double look_up(const double *x, const double *y, const double *slope, int points,
                             int held, double v) {
  if (held) { v = v < x[0] ? x[0] : v; v = v > x[points - 1] ? x[points - 1] : v; }
  int k = 0;
  while (k + 1 < points && x[k + 1] <= v) k++;
  return y[k] + (v - x[k]) * slope[k];
}
"""

VALUE = re.compile(r"\b(v\d+)\b")

BINARY = {Op.ADD: "+", Op.SUB: "-", Op.MUL: "*", Op.DIV: "/", Op.LT: "<", Op.LE: "<="}
BINARY |= {Op.EQ: "==", Op.NE: "!=", Op.AND: "&&", Op.OR: "||", Op.IADD: "+", Op.ISUB: "-"}
BINARY |= {Op.IMUL: "*", Op.ILT: "<", Op.ILE: "<=", Op.IEQ: "=="}
CALLS = {Op.ABS: "fabs", Op.SQRT: "sqrt", Op.FLOOR: "floor", Op.CEIL: "ceil", Op.TRUNC: "trunc"}
CALLS |= {Op.RINT: "rint", Op.MIN: "fmin", Op.MAX: "fmax", Op.EXP: "exp", Op.LOG: "log"}
CALLS |= {Op.POW: "pow", Op.SIN: "sin", Op.COS: "cos", Op.TAN: "tan", Op.FMA: "fma"}
CALLS |= {Op.ASIN: "asin", Op.ACOS: "acos", Op.ATAN: "atan", Op.COPYSIGN: "copysign"}
WHOLE = {Op.IADD, Op.ISUB, Op.IMUL, Op.INTEGER, Op.ISELECT, Op.TO_INTEGER, Op.STEP, Op.RUN}
WHOLE |= {Op.INDEX_TABLE, Op.LT, Op.LE, Op.EQ, Op.NE, Op.AND, Op.OR, Op.NOT, Op.ILT, Op.ILE}
WHOLE |= {Op.IEQ, Op.BOOLEAN, Op.SEED}


def c_text(program: Program) -> str:
    """Return the program's source.

    ``simulate_all(inputs, runs, outputs)`` reads inputs × runs and writes runs × saved time ×
    saved value.
    """
    parts = [HEAD]
    parts += [_vector("double", f"table{n}", t.values) for n, t in enumerate(program.tables)]
    parts += [_vector("int64_t", f"index{n}", t.values) for n, t in enumerate(program.index_tables)]
    for number, graph in enumerate(program.graphs):
        made = layout(graph)
        for word, values in (("x", made.x), ("y", made.y), ("slope", made.slope)):
            parts.append(_vector("double", f"graph{number}_{word}", values.ravel()))
    fields = "".join(f"  double s{n}[{slot.size}];\n" for n, slot in enumerate(program.slots))
    parts.append(f"typedef struct {{\n{fields}}} Memory;\n")
    parts += [_function(program, name, block) for name, block in program.blocks.items()]
    parts.append(_simulate(program))
    return "\n".join(parts)


def _vector(kind: str, name: str, values: np.ndarray) -> str:
    return f"static const {kind} {name}[] = {{{', '.join(repr(v) for v in values.tolist())}}};"


LONGEST = 5000
"""A longer block is written as several functions, and its values as globals, as generators of C do:
a compiler's work grows faster than a function."""

PIECE = 500
ARGUMENTS = "Memory *restrict m, double time, int64_t step, int64_t run"


def _function(program: Program, name: str, block: Block) -> str:
    if len(block.instructions) <= (LONGEST if name == "step" else PIECE):
        body = "\n".join(_lines(program, block))
        return f"static void block_{name}({ARGUMENTS}) {{\n{body}\n}}\n"
    declared: list[str] = []
    pieces: list[list[str]] = [[]]
    depth = 0
    for line in _lines(program, block):
        depth += line.endswith("{") - (line == "}")
        kind, _, rest = line.strip().partition(" ")
        if kind in ("double", "int64_t"):
            declared.append(f"static {kind} {name}_{rest.split(' ')[0]};")
            line = f"  {rest}"
        pieces[-1].append(line)
        if depth == 0 and len(pieces[-1]) >= PIECE:
            pieces.append([])
    # Globals of one block must not meet those of another: v12 becomes step_v12.
    texts = [VALUE.sub(rf"{name}_\1", "\n".join(piece)) for piece in pieces]
    parts = [
        f"static __attribute__((noinline)) void {name}_{k}({ARGUMENTS}) {{\n{text}\n}}"
        for k, text in enumerate(texts)
    ]
    calls = "\n".join(f"  {name}_{k}(m, time, step, run);" for k in range(len(pieces)))
    whole = f"static void block_{name}({ARGUMENTS}) {{\n{calls}\n}}\n"
    return "\n".join([*declared, *parts, whole])


def _lines(program: Program, block: Block) -> Iterator[str]:
    for place, instruction in enumerate(block.instructions):
        if instruction.op is Op.LOOP:
            count = instruction.attribute
            yield f"for (int64_t v{place} = 0; v{place} < {count}; v{place}++) {{"
        elif instruction.op is Op.END:
            yield "}"
        elif instruction.op is Op.STORE:
            slot, (index, value) = instruction.attribute, instruction.arguments
            yield f"  m->s{slot}[{_clipped(program, slot, index)}] = v{value};"
        else:
            kind = "int64_t" if instruction.op in WHOLE else "double"
            yield f"  {kind} v{place} = {_value(program, instruction)};"


def _clipped(program: Program, slot: object, index: int) -> str:
    assert isinstance(slot, int)
    return f"v{index}" if program.slots[slot].size > 1 else "0"


def _value(program: Program, instruction: Instruction) -> str:
    op, attribute = instruction.op, instruction.attribute
    names = [f"v{a}" for a in instruction.arguments]
    if op in BINARY:
        return f"{names[0]} {BINARY[op]} {names[1]}"
    if op in CALLS:
        return f"{CALLS[op]}({', '.join(names)})"
    match op:
        case Op.FLOAT:
            return _number(float(attribute or 0.0))
        case Op.INTEGER | Op.BOOLEAN:
            return str(int(attribute or 0))
        case Op.TIME | Op.STEP | Op.RUN:
            return str(op.value)
        case Op.SEED:
            return "0"
        case Op.LOAD:
            return f"m->s{attribute}[{_clipped(program, attribute, instruction.arguments[0])}]"
        case Op.TABLE | Op.INDEX_TABLE:
            return f"{'table' if op is Op.TABLE else 'index'}{attribute}[{names[0]}]"
        case Op.NEG:
            return f"-{names[0]}"
        case Op.NOT:
            return f"!{names[0]}"
        case Op.SELECT | Op.ISELECT:
            return f"{names[0]} ? {names[1]} : {names[2]}"
        case Op.TO_FLOAT | Op.TO_INTEGER:
            return f"({'double' if op is Op.TO_FLOAT else 'int64_t'}){names[0]}"
        case Op.LOOKUP:
            assert isinstance(attribute, int)
            graph = program.graphs[attribute]
            points, held = max(len(x) for x in graph.x), int(graph.kind != "extrapolated")
            words = [f"graph{attribute}_{w} + {names[0]} * {points}" for w in ("x", "y", "slope")]
            return f"look_up({', '.join(words)}, {points}, {held}, {names[1]})"
    raise NotImplementedError(f"the benchmark's C has no {op.value}")


def _number(value: float) -> str:
    return repr(value) if np.isfinite(value) else ("NAN" if value != value else "INFINITY")


def _simulate(program: Program) -> str:
    clock, method = program.clock, stepping(program)
    stocks = [n for n, s in enumerate(program.slots) if s.role is Role.STOCK]
    rates = [n for n, s in enumerate(program.slots) if s.role is Role.DERIVATIVE]
    places = ", ".join(
        f"(offsetof(Memory, s{g.slot}) + {8 * g.offset}) / 8" for g in program.inputs
    )
    saved, place = [], 0
    for output in program.outputs:
        size = program.slots[output.slot].size
        saved.append(f"        memcpy(out + {place}, m->s{output.slot}, {8 * size});")
        place += size
    moves = list(_moves(program, method, stocks, rates))
    advance, calls = "", "\n".join(moves)
    if method.stages == 1 and len(moves) > PIECE:
        pieces = [moves[k : k + PIECE] for k in range(0, len(moves), PIECE)]
        head = "static __attribute__((noinline)) void advance"
        texts = ["\n".join(piece) for piece in pieces]
        advance = "\n".join(f"{head}_{k}(Memory *m) {{\n{t}\n}}" for k, t in enumerate(texts))
        calls = "\n".join(f"      advance_{k}(m);" for k in range(len(pieces)))
    blank = "\n"
    return f"""\
{advance}
static const size_t input_at[] = {{{places or 0}}};

void simulate_all(const double *inputs, int64_t runs, double *out) {{
  static Memory memory, *restrict m = &memory;
  for (int64_t run = 0; run < runs; run++) {{
    memset(m, 0, sizeof memory);
    for (int row = 0; row < {len(program.inputs)}; row++) {{
      ((double *)m)[input_at[row]] = inputs[row * runs + run];
    }}
    block_constants(m, {clock.start!r}, 0, run);
    block_initial(m, {clock.start!r}, 0, run);
    for (int64_t step = 0; step <= {clock.steps}; step++) {{
      double time = {clock.start!r} + step * {clock.dt!r};
      block_step(m, time, step, run);
      if (step % {clock.stride} == 0 || step == {clock.steps}) {{
{blank.join(saved)}
        out += {place};
      }}
      if (step == {clock.steps}) break;
      block_update(m, time, step, run);
{calls}
      block_commit(m, time, step, run);
    }}
  }}
}}
"""


def _moves(
    program: Program, method: Stepping, stocks: list[int], rates: list[int]
) -> Iterator[str]:
    sizes = [program.slots[s].size for s in stocks]
    if method.stages == 1:
        for s, r, n in zip(stocks, rates, sizes, strict=True):
            scale = method.moves[1].scale
            yield f"      for (int e = 0; e < {n}; e++) m->s{s}[e] += {scale!r} * m->s{r}[e];"
        return
    for s, n in zip(stocks, sizes, strict=True):
        yield f"      double old{s}[{n}]; memcpy(old{s}, m->s{s}, {8 * n});"
    for stage in range(1, method.stages + 1):
        for r, n in zip(rates, sizes, strict=True):
            name = f"slope{r}_{stage - 1}"
            yield f"      double {name}[{n}]; memcpy({name}, m->s{r}, {8 * n});"
        move = method.moves[stage]
        for s, r, n in zip(stocks, rates, sizes, strict=True):
            total = " + ".join(f"{w!r} * slope{r}_{j}[e]" for j, w in move.terms)
            sum_ = f"old{s}[e] + {move.scale!r} * ({total})"
            yield f"      for (int e = 0; e < {n}; e++) m->s{s}[e] = {sum_};"
        if stage < method.stages:
            yield f"      block_step(m, time + {method.offsets[stage]!r}, step, run);"
