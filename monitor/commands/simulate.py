"""`worker.py simulate`: the simulated Workspace alone."""

from monitor.simulator.serve import add_arguments, run

__all__ = ["add_arguments", "run"]
