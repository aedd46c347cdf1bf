"""Running programs: sampling, single runs, ensembles and stores.

* From a model to something that runs: ``building``, ``kept_programs`` (on disk); other models made
  from it (policies, variants, held variables): ``structure``, ``binding``.
* What callers give: ``params`` and ``labelled`` (values), ``outputs``, ``labels`` (names of
  elements), ``times``; ``setups`` of Vensim's sensitivity simulations.
* One run: ``run``; where its values lie in memory: ``layout``.
* Many runs: ``sampling`` and ``distributions`` (the draws), ``experiment`` (what is to be run),
  ``ensemble`` (running it), ``keeping`` and ``rooms`` (their arrays), ``side_by_side`` (threads),
  ``cluster`` (Dask), ``progress``. Slopes: ``derivatives``.
* What comes out: the package ``results`` (arrays, datasets, files, comparisons); where it is larger
  than memory: the package ``store``.
* What is wrong with a model or a run: the package ``checks``; ``finite``.
"""
