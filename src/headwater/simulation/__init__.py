"""Running programs: sampling, single runs, ensembles and stores."""
