"""The figures of `bench intake` are measured: idle costs two units, faults lose nothing, a large district fits."""

from monitor.commands.bench_faults import KINDS
from monitor.commands.bench_intake import measure
from monitor.simulator.faults import KINDS as SIMULATED


def test_idle_faults_and_a_day():
    found = measure(students=5, messages=24, files=12)
    assert (found["idle"]["requests"], found["idle"]["units"]) == (1000.0, 2000.0)
    assert 20 <= found["message"]["units"] < 21
    assert found["faults"]["items"] == 6 + 3
    assert found["faults"]["same_items"], found["faults"]["kinds"]
    assert set(found["faults"]["kinds"]) == {*KINDS, "all"}
    assert set(SIMULATED) - set(KINDS) == {"dailyLimitExceeded", "status"}  # one does not pass, one is any other
    assert found["faults"]["kinds"]["503"]["overhead"] > 0
    assert found["faults"]["kinds"]["slow"]["overhead"] == 0
    assert found["day"]["22000"]["gmail_share"] < 0.5
    assert found["day"]["22000"]["drive_share"] < 0.5
    assert found["day"]["1000"]["gmail_units"] * 22 == found["day"]["22000"]["gmail_units"]
