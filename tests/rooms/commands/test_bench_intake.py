"""The figures of `bench intake` are measured: idle costs two units, faults lose nothing, a large district fits."""

from monitor.commands.bench_intake import measure


def test_idle_faults_and_a_day():
    found = measure(students=5, messages=10, files=3)
    assert (found["idle"]["requests"], found["idle"]["units"]) == (1000.0, 2000.0)
    assert 20 <= found["message"]["units"] < 21
    assert found["faults"]["same_items"] == 1.0
    assert found["faults"]["items"] == 10
    assert found["faults"]["overhead"] >= 0
    assert found["day"]["22000"]["gmail_share"] < 0.5
    assert found["day"]["22000"]["drive_share"] < 0.5
    assert found["day"]["1000"]["gmail_units"] * 22 == found["day"]["22000"]["gmail_units"]
