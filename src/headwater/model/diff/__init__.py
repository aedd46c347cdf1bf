"""What differs between two models, whatever files they came from."""

from headwater.model.diff.compare import compare_projects
from headwater.model.diff.report import Change, Difference, Entry

__all__ = ["Change", "Difference", "Entry", "compare_projects"]
