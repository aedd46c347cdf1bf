"""Evaluates single operations through the targets, and the true values they are held to."""

from __future__ import annotations

import math

import mpmath
import numpy as np

from compiler.targets.assembling import Assembly
from headwater.compiler.elementary import expand
from headwater.compiler.program import Clock, Program
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.targets.reference import compile_reference

TRUE = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "pow": mpmath.power,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
}


def program(op: str, exponent: float | None = None) -> Program:
    """A program that saves one operation of its inputs."""
    a = Assembly(Clock(0.0, 1.0, 0))
    arguments = [a.step.load(a.input("x"))]
    if op == "pow":
        y = a.step.number(exponent) if exponent is not None else a.step.load(a.input("y"))
        arguments.append(y)
    a.saved("value", a.step(op, *arguments))
    return a.program()


def evaluate(op: str, *columns, exponent: float | None = None):
    """The operation at many points, by machine code."""
    inputs = np.array([np.asarray(c, np.float64) for c in columns])
    executable = compile_llvm(program(op, exponent))
    return executable.run(inputs, np.arange(inputs.shape[1]))[0, 0]


def interpret(op: str, *columns):
    """The operation at many points, its instructions interpreted one by one."""
    inputs = np.array([np.asarray(c, np.float64) for c in columns])
    executable = compile_reference(expand(program(op)))
    return executable.run(inputs, np.arange(inputs.shape[1]))[0, 0]


def errors(op: str, columns, values, bits: int = 160):
    """Distance of each value from the true one, in units of the last place of the true one."""
    found = []
    with mpmath.workprec(bits):
        for k, value in enumerate(values):
            true = TRUE[op](*(mpmath.mpf(float(c[k])) for c in columns))
            nearest = float(true)
            if math.isinf(nearest) or nearest == 0.0:
                found.append(0.0 if value == nearest else math.inf)
            elif not math.isfinite(value):
                found.append(math.inf)
            else:
                unit = math.ulp(max(abs(nearest), 2.0**-1022))
                found.append(float(abs(mpmath.mpf(float(value)) - true) / unit))
    return np.array(found)
