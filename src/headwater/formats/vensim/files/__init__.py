"""Files beside a Vensim model, and the functions by which a model reads values from them.

``external``: tables and spreadsheets (GET DIRECT …). ``data``: series of data variables. Runs:
``runs`` reads Vensim's own (.vdf, .vdfx), ``run_tables`` what a model asks of one. ``changes`` of
constants (.cin); ``sensitivity``: set-ups of sensitivity simulations (.vsc).
"""
