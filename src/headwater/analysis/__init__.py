"""What ensembles say: sensitivity, calibration, loops, scenario discovery."""
