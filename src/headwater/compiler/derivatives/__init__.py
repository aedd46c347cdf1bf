"""Derivatives: a program becomes one that also computes how its outputs follow its inputs."""

from headwater.compiler.derivatives.transform import Plan, differentiate

__all__ = ["Plan", "differentiate"]
