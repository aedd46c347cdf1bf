"""The LLVM target: machine code for this processor, whose vector lanes are runs.

``compile`` is the way in. ``kernel`` writes the loop over lanes and steps, ``parts`` and ``block``
what is computed in a step, ``values``, ``operations``, ``lookup`` and ``routines`` single
instructions, ``moves`` and ``adaptive`` the step itself, ``saving`` what is kept; ``text`` is
LLVM's language. ``sizing``, ``split``, ``facts`` and ``nearness`` decide how code is laid out.
``jit`` makes it a function, ``cache`` keeps it, ``executable`` runs it.
"""

from headwater.compiler.targets.llvm.compile import compile_llvm

__all__ = ["compile_llvm"]
