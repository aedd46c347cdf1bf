"""The kinds of statement, one file each.

The model: ``variables``, ``dimensions``, ``graphs``, ``data``, ``loops``. What is asked of it:
``policies``, ``outcomes``, ``expectations``, ``experiments``, ``fitting``.
"""
