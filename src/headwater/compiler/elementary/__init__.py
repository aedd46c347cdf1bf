"""Elementary functions in the program's own instructions, so that all targets give one result.

:func:`choose` gives the routine for an operation, :func:`expand` a program in which every
elementary operation is replaced by its routine's instructions. The routines: ``exponential``,
``logarithm``, ``power``, ``trigonometric`` and ``inverse``, in the form that ``routine`` defines,
with the numbers of ``coefficients``.
"""

from headwater.compiler.elementary.expand import expand
from headwater.compiler.elementary.library import ELEMENTARY, Choice, choose

__all__ = ["ELEMENTARY", "Choice", "choose", "expand"]
