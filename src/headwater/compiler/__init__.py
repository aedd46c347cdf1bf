"""From a model to machine code: expand, check, order, lower, then one file a target."""
