"""Random model files as Vensim and Stella write them, to compare what tools make of them.

``forms`` lists the functions that are tried, and which tool computes one by another rule.
``vensim``, ``ranges`` and ``stella`` write models; the first has most functions, the second most
kinds of subscripts.
"""
