"""Vensim's queues: making them, their rows of batches, and what can be asked of them."""
