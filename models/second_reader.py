"""The second reader: a network trained apart from the first, which reads again what the first is not sure is harmless.

A small network takes a few odd but harmless texts for dangers, and each training takes others. A ceiling of one alarm
in thousands of mails rests on just these. Where the first network sees anything that could matter, the second reads the
same window, and the mean of both counts: what one of them alone is sure of seldom reaches a threshold any more.
Everything else, which is nearly everything that a school writes, costs no more than before.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.cache import Outputs
from models.categories import CATEGORIES
from models.first_pass import FirstPass
from models.inference import Engine, Rows


class TwoReaders:
    """Two engines in place of one: `outputs` as an `Engine` has it. Safe to share between threads.

    `gates` maps each category to the logit of the first network from which the second reads too.
    """

    def __init__(self, first: Engine, second: Engine, gates: Mapping[str, float]) -> None:
        self.body = first.body
        self._first = first
        self._second = second
        self._gates = np.array([gates[category] for category in CATEGORIES], dtype=np.float32)

    def outputs(self, rows: Rows) -> Outputs:
        """Logits (rows, categories, outputs) in the order of `rows`."""
        found = self._first.outputs(rows)
        self._read_again(rows, found, self._doubtful(found))
        return found

    def passed(self, rows: Rows, first_pass: FirstPass, point: str) -> tuple[Outputs, NDArray[np.bool_]]:
        """As `Engine.passed`; of what the first pass settles nothing is read again."""
        found, through = self._first.passed(rows, first_pass, point)
        self._read_again(rows, found, self._doubtful(found) & through)
        return found, through

    def estimates(self, rows: Rows, first_pass: FirstPass) -> NDArray[np.float32]:
        """As `Engine.estimates`."""
        return self._first.estimates(rows, first_pass)

    def read_twice(self, rows: Rows) -> float:
        """The share of `rows` that the second network reads too; 0 for no rows."""
        return float(self._doubtful(self._first.outputs(rows)).sum()) / max(1, len(rows))

    def _read_again(self, rows: Rows, found: Outputs, doubtful: NDArray[np.bool_]) -> None:
        """Put the mean of both networks into `found` where it is `doubtful` (rows,)."""
        again = np.flatnonzero(doubtful).tolist()
        if again:
            found[again] = (found[again] + self._second.outputs([rows[index] for index in again])) / 2

    def _doubtful(self, outputs: Outputs) -> NDArray[np.bool_]:
        """The rows (rows,) in which the first network reaches the gate of any category."""
        reached: NDArray[np.bool_] = np.logical_or.reduce(outputs[..., 0] >= self._gates, axis=1)
        return reached
