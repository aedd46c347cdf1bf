"""Dimensions, and the shorter ways in which equations name elements of arrays.

``dimensions`` reads the declarations; ``by_name``, ``flat_indices`` and ``inner_products`` write
out what equations leave unsaid.
"""
