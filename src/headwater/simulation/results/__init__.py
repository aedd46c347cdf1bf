"""What comes out of runs: arrays with labels, datasets and files; what two tables differ by.

``arrays`` is what runs produce and file writers consume, ``dataset`` makes xarray of it.
``writing`` makes files of it; ``reading`` takes in those files and other tools' tables.
``comparison`` sets two tables side by side, column by column, and ``run_comparison`` two runs;
``element_names`` gives elements the names that another model has for them.
"""
