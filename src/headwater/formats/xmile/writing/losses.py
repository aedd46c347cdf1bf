"""What a file in XMILE cannot say, gathered while it is written."""

from headwater.formats.losses import Losses

__all__ = ["Losses"]
