"""What a person sees: the scorecard, charts and the HTML report."""
