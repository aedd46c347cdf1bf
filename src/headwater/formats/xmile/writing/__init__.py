"""From a project to XMILE 1.0, with a report of what the standard has no place for."""

from headwater.formats.xmile.writing.project import write_text

__all__ = ["write_text"]
