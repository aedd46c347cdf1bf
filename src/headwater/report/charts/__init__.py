"""Pictures: what is drawn in each chart, and ``drawing``, which makes SVG of it."""
