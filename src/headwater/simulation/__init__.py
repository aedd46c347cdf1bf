"""Running programs: sampling, single runs, ensembles and stores.

* From a model to something that runs: ``building``; other models made from it (policies, variants,
  held variables): ``structure``, ``binding``. What callers give: ``params``, ``outputs``,
  ``labels``, ``times``; ``setups`` of Vensim's sensitivity simulations.
* One run: ``run``. Many: ``sampling`` and ``distributions`` (the draws), ``experiment`` (what is to
  be run), ``ensemble`` (running it), ``side_by_side`` (threads), ``cluster`` (Dask). Slopes:
  ``derivatives``.
* What comes out: ``results`` (plain arrays), ``dataset`` (xarray), ``files`` (writing them),
  ``result_files`` (reading them), ``run_comparison``; larger than memory: the package ``store``.
* What is wrong with a model or a run: the package ``checks``; ``finite``.
"""
