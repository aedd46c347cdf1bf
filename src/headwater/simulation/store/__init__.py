"""Ensembles on disk: larger than memory, and taken up again where they were cut short.

``output`` is the way in, ``saving`` goes through the ``pieces``, ``crew`` has the threads that do
them. ``journal`` says what is done and ``identity`` whose it is; ``durable`` makes a file whole or
not there. Every run: ``kept_arrays``, ``zarr2``, ``export``. Quantiles alone: ``fan``, ``windows``,
``selection``.
"""
