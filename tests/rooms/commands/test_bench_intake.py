"""The figures of `bench intake` are measured: idle costs two units, faults lose nothing, a large district fits."""

from monitor.commands.bench_faults import KINDS
from monitor.commands.bench_intake import measure, watch
from monitor.simulator.faults import KINDS as SIMULATED
from monitor.simulator.handle import start_in_process


def test_idle_faults_and_a_day(db, settings):
    with start_in_process(students=6, seed=7) as simulation:
        settings.HEED_GOOGLE_ENDPOINT = simulation.endpoint
        watch(simulation)
        found = measure(simulation, messages=16, files=8, lines=6)
    assert (found["idle"]["requests"], found["idle"]["units"]) == (1000.0, 2000.0)
    nothing = {"due_accounts": 0, "drive_units": 0, "chat_requests": 0, "stream_requests_of_the_district": 2}
    assert found["idle_drive_and_chat"] == nothing
    assert 20 <= found["message"]["units"] < 21
    assert 300 < found["document"]["units"] < 700
    assert 1 < found["chat"]["requests"] < 3
    assert found["message"]["cpu_ms"] > 0
    assert found["faults"]["items"] == 4 + 2 + 4
    assert found["faults"]["same_items"], found["faults"]["kinds"]
    assert set(found["faults"]["kinds"]) == {*KINDS, "all"}
    assert set(SIMULATED) - set(KINDS) == {"dailyLimitExceeded", "status"}  # one does not pass, one is any other
    assert found["faults"]["kinds"]["503"]["overhead"] > 0
    assert found["faults"]["kinds"]["slow"]["overhead"] == 0
    assert found["day"]["22000"]["gmail_share"] < 0.5
    assert found["day"]["22000"]["drive_share"] < 0.5
    assert found["day"]["1000"]["gmail_units"] * 22 == found["day"]["22000"]["gmail_units"]
