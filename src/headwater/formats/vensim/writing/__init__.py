"""From a project to Vensim's text format, with a report of what it has no place for."""

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
