"""Values that a model takes from other files when it is opened.

``reading`` finds and reads the files, ``values`` puts what they hold into the variables, and
``courses`` makes variables of values over time.
"""
