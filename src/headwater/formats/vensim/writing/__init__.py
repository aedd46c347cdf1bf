"""From a project to Vensim's text format, with a report of what it has no place for.

``project`` is the way in, once the project is in Vensim's terms: ``ranges``, ``macros`` and
``entries`` write its parts, ``expressions`` and ``names`` the text of equations, ``layout`` puts
them on lines. ``control`` writes the settings, ``data`` files beside the model, ``hidden`` what
the reader had made.
"""

from headwater.formats.losses import Losses, Written
from headwater.formats.vensim.translating import in_vensims_terms
from headwater.formats.vensim.writing.project import write_project
from headwater.model.project import Project

__all__ = ["write_text"]


def write_text(project: Project, name: str) -> Written:
    """Return a project without modules as a model file ``name``, and what it does not say.

    Raises ModelError for what Vensim has no way to say.
    """
    losses = Losses()
    return write_project(in_vensims_terms(project, losses), name, losses)
