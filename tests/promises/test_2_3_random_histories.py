"""Random histories of a small district: what was scored is what the simulated Workspace's own record says it should be.

Deliveries, drafts, labels, deletions, files, edits, moves, comments, expired cursors, faults, crashes, rivals and
breaks, in any order, and people who act in the middle of a worker's run. A failure shrinks to a short script that
`test_a_script_can_be_played_again` shows how to play.

`HISTORIES` says how many histories are tried (ten without it), `HISTORY_STEPS` how long they are, and
`HISTORY_SEED` which ones: `HISTORIES=2000 HISTORY_SEED=7 make test TESTS=tests/promises/test_2_3_random_histories.py`.
"""

import os

import pytest

from monitor.simulator.script import Break, Deliver, Edge, Edit, Meanwhile, Work, Write
from tests.promises.histories.expected import check
from tests.promises.histories.history import History, rolled_back
from tests.promises.histories.search import search

HISTORIES = int(os.environ.get("HISTORIES", "10"))
STEPS = int(os.environ.get("HISTORY_STEPS", "25"))
SEED = int(os.environ.get("HISTORY_SEED", "1"))


@pytest.mark.timeout(14_400)
def test_what_was_scored_is_what_should_have_been(watched):
    search(watched, HISTORIES, SEED, STEPS)


def test_a_script_can_be_played_again(watched):
    script = [
        Write(owner=0, words=""),
        Deliver(sender=None, to=1, words="", attached="attached"),
        Work(),
        Break(seconds=600.0, school=0),
        Edge(past=0.0),
        Deliver(sender=None, to=1, words=""),
        Edit(file=0, editor=0, words=""),
    ]
    with rolled_back():
        history = History(watched, check)
        history.play(script)
    read = [(history.player.students.index(one.address), sorted(one.words)) for one in history.scored if one.words]
    assert sorted(read) == [(0, ["w1x"]), (0, ["w1x", "w5x"]), (1, ["w2x", "w3x"]), (1, ["w4x"])]


@pytest.mark.timeout(120)
def test_a_rival_goes_on_while_the_other_worker_sets_units_aside(watched):
    """At some of these statements the worker in the middle of its pass holds its process's lock on the units."""
    for point in range(8, 12):
        with rolled_back():
            history = History(watched, check)
            history.play([Deliver(sender=None, to=1, words=""), Meanwhile(point=point, by=Work())])
        assert [sorted(one.words) for one in history.scored if one.words] == [["w1x"]]
