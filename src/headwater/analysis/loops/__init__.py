"""Feedback loops: which there are, and which of them make the model behave as it does."""
