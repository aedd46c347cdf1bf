"""From a project to XMILE 1.0, with a report of what the standard has no place for.

``project`` is the way in: ``specs`` writes header and settings, ``variables`` the model, of which
``equations``, ``rates``, ``graphs``, ``disciplines`` and ``data`` write the parts. ``expressions``
and ``names`` make text, ``tags`` lays it out.
"""

from headwater.formats.xmile.writing.project import write_text

__all__ = ["write_text"]
