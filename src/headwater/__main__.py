"""The command ``headwater``, which ``python -m headwater`` is too."""

import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interrupt counts from the first import on."""
    # The threads of NumPy's linear algebra else wait for work by turning, 0.1 s of a processor.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "16")
    try:
        from headwater.cli import main as command
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    command()


if __name__ == "__main__":
    main()
