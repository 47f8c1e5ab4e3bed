"""What the benchmarks print; how fast anything is decides no test."""

from __future__ import annotations

import json

from meguri.journal.measure import bench_lists


def test_lists_are_measured_for_every_reader_and_bytes_for_every_kind(tmp_path, capsys):
    bench_lists.run(f"sqlite:///{tmp_path / 'bench.sqlite3'}", 1000, 200, True)
    told = json.loads(capsys.readouterr().out)
    rows = told["rows"]
    assert all({"job", "ours", "baseline", "ratio", "unit", "aim", "met"} == row.keys() for row in rows)
    assert len([row for row in rows if row["unit"] == "ms"]) == 6 * len(bench_lists.ASKED)
    written = [row for row in rows if row["unit"] == "bytes"]
    assert len(written) >= 3
    assert all(row["ours"] > 500 for row in written)
    assert all(row["met"] for row in written), "the last act writes as much as the first"
