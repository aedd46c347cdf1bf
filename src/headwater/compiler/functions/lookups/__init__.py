"""Functions of graphical functions: their points (``graphs``), ``inverse`` values, areas and means.

``stella_graphs`` has those that only Stella has.
"""
