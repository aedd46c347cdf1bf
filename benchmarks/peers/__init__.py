"""What `compare_tools.py` is made of: the models, their exports, the tools, the table."""
