"""Several models in a file, and how they meet (XMILE 1.0, sections 3.7.4 and 4.7).

``bodies`` finds the models, ``reading`` the modules and what connects them; ``called_models`` are
those that equations call like functions.
"""
