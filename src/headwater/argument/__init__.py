"""Sources, claims, expectations and verdicts."""
