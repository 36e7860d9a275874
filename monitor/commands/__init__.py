"""What `worker.py` can do: one file for each command.

Each has `add_arguments(parser)` and `run(arguments) -> exit status`; `worker.py` knows which of them need the tables.
"""
