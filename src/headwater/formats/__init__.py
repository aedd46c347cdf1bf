"""Files to models and back: one module a format."""
