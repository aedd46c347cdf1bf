"""A case as text: from Markdown to statements and their clauses.

``markdown`` finds the blocks, ``frontmatter`` reads what stands above them; ``stretch`` tells code
from comments and quotes, ``statements`` cuts blocks up, and ``headers`` reads how each begins.
``tables`` reads CSV files by cell; ``collect`` gathers mistakes.
"""
