"""Random numbers as instructions: counter-based streams, and the distributions made of them."""
