"""Calls a command as the command line would, in this process."""

from click.testing import CliRunner, Result

from headwater.cli import main


def call(*words: object) -> Result:
    """Run `headwater` with these words; its exit status and what it printed are in the result."""
    return CliRunner().invoke(main, [str(word) for word in words])
