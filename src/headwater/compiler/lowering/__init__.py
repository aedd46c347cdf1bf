"""From the resolved and ordered model to the instructions of the typed program.

``hoist`` first takes out what does not change during a run, and ``lower`` leads. Expressions become
instructions in ``expression_code`` (operators and functions: ``arithmetic``), ``builder`` appends
them to a block and keeps it small. ``storage`` says where values live, ``pipelines`` how fixed
delays keep theirs, ``single_writes`` how a step writes one element of many. ``events`` finds when
equations switch, ``newton`` is the last step of a search, ``liveness`` removes what nobody needs.
"""
