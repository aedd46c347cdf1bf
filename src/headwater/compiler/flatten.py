"""Modules become part of the model around them: their variables get qualified names."""

from __future__ import annotations

from headwater.model.project import Project


def flatten(project: Project) -> Project:
    """Return the project without modules."""
    return project
