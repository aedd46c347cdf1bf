"""Models and cases as plain, typed data, whatever file they came from.

``project`` is a whole model, ``variables`` what stands in it, ``disciplines`` what drives its
flows, ``case`` the experiments and expectations around it, ``uncertainty`` and ``measurement`` the
ranges of numbers and the errors of data. ``rewriting`` makes other expressions of a variable's,
``encoding`` makes text of the data, and the package ``diff`` tells two models apart.
"""
