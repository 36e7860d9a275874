"""`bench extract`: real files through the real sandbox, the library beside it."""

import argparse
import json

from monitor.commands import bench
from monitor.commands.bench_extract import bench_extract


def run(capsys, folder):
    arguments = argparse.Namespace(name="extract", files=folder, rounds=1, json=True, texts=None)
    return bench.run(arguments), capsys.readouterr()


def test_each_format_stands_beside_its_library(tmp_path, capsys):
    (tmp_path / "a.html").write_text("<p>hello</p>")
    (tmp_path / "b.eml").write_bytes(b"Subject: x\n\nhello")
    (tmp_path / "c.odd").write_bytes(b"hello")
    status, printed = run(capsys, tmp_path)
    figures = json.loads(printed.out)
    assert status == 0
    assert figures["sandbox_ms_per_small_file"] > 0
    assert {name: figure["baseline"] for name, figure in figures["formats"].items()} == {
        "html": "selectolax",
        "eml": "email",
        "odd": "none",
    }
    assert figures["formats"]["html"]["ratio"] > 0


def test_an_empty_folder_is_said(tmp_path, capsys):
    status, printed = run(capsys, tmp_path)
    assert status == 2
    assert "holds no file" in printed.err


def test_invented_files_are_all_read():
    figures = bench_extract(None, 1)
    assert set(figures["formats"]) == {"docx", "eml", "html", "ipynb", "pdf", "rtf", "txt", "xml"}
    assert all("sandbox_ms_per_file" in figure for figure in figures["formats"].values())
