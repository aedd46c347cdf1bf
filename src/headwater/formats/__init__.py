"""Files to models and back: one module a format."""

from headwater.formats.registry import read_model

__all__ = ["read_model"]
