"""How Sphinx builds this documentation: Markdown through MyST, in the Furo theme."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Headwater"
author = "Headwater contributors"
copyright = author
version = release = metadata.version("headwater")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "headwater_lexer"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_ext"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}

html_theme = "furo"
html_title = "Headwater"
html_static_path = ["_static"]
html_css_files = ["headwater.css"]
html_copy_source = False
