"""From a project to a literate case, with a report of what it has no place for."""

from headwater.formats.literate.writing.document import write_text

__all__ = ["write_text"]
