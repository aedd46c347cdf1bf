"""Whether the units of a model agree, and which follow for variables that give none."""
