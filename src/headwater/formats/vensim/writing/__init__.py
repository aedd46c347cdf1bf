"""From a project to Vensim's text format, with a report of what it has no place for.

``project`` is the way in, once the project is in Vensim's terms: ``ranges``, ``macros`` and
``entries`` write its parts, ``expressions`` and ``names`` the text of equations, ``layout`` puts
them on lines. ``checks`` writes reality checks, ``control`` the settings, ``data``
files beside the model, ``hidden`` what the reader had made.
"""

from collections.abc import Sequence

from headwater.formats.losses import Losses, Written
from headwater.formats.vensim.translating import in_vensims_terms
from headwater.formats.vensim.writing.project import write_project
from headwater.model.case import Check
from headwater.model.project import Project

__all__ = ["write_text"]


def write_text(project: Project, name: str, checks: Sequence[Check] = ()) -> Written:
    """Return a project without modules as a model file ``name``, and what it does not say.

    Of its ``checks`` those are written that Vensim has a form for.

    Raises ModelError for what Vensim has no way to say.
    """
    losses = Losses()
    ready, stated = in_vensims_terms(project, losses, checks)
    from_vensim = project.dialect == "vensim"
    return write_project(ready, name, losses, stated, from_vensim=from_vensim)
