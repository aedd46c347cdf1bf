"""The command ``headwater``, which ``python -m headwater`` is too."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; an interrupt counts from the first import on."""
    try:
        from headwater.cli import main as command
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    command()


if __name__ == "__main__":
    main()
