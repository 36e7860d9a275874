"""What `worker.py` can do: one file for each command.

Each has `add_arguments(parser)` and `run(arguments) -> exit status`. A command that needs the tables says
`NEEDS_TABLES = True`; the others start without a database.
"""
