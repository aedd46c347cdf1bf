"""From a project to a literate case, with a report of what it has no place for.

``document`` is the way in; ``variables`` writes statements and ``clauses`` what stands below them,
``disciplines``, ``data`` and ``units`` what each needs. ``terms`` and ``functions`` put
other dialects into the literate case's words; ``names`` and ``lists`` are small helpers.
"""

from headwater.formats.literate.writing.document import write_text

__all__ = ["write_text"]
