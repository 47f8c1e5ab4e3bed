"""A record is verified in several processes as in one: the same is found, wherever it lies."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.django_db  # of both databases: commands work on records of their own
VERIFY = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
if __name__ == "__main__":
    start()
    from meguri.journal.log import stored, verification
    stored.APIECE = 3
    report = verification.verify(processes=int(sys.argv[1]))
    print(json.dumps({"acts": report.acts, "sealed": report.sealed, "root": report.root,
                      "findings": sorted([f.pointer, f.code] for f in report.findings)}))
"""
KEYS = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from meguri.journal import services
services.revoke(services.rotate_attested("organisation:d"), reason="Lost")
services.rotate_log()
"""
LIFT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from django.db import connection
from meguri.journal.entry import triggers
triggers.release_rows(connection)
"""


def verified(record, processes):
    return json.loads(record.python(VERIFY, str(processes)))


def test_in_two_processes_as_in_one(set_up, folders):
    record = folders("read", like=set_up)
    record.tell(*"abcd")
    record.run("journal", "checkpoint")
    record.python(KEYS)
    record.tell(*"efgh")
    record.run("journal", "checkpoint")
    record.tell("unsealed")
    sound = verified(record, 1)
    assert sound["findings"] == []
    assert sound["acts"] > 12
    assert verified(record, 2) == sound
    assert record.run("journal", "verify", "--processes", "2")["intact"]
    record.python(LIFT)
    numbers = [number for (number,) in record.ask("SELECT number FROM journal_act ORDER BY number")]
    changed = [numbers[2], numbers[7], numbers[-1]]
    for number, change in zip(changed, ("version = 2", "nonce = 'x'", "recorded = claimed"), strict=True):
        record.ask(f"UPDATE journal_act SET {change} WHERE number = {number}")
    record.ask(f"DELETE FROM journal_subject WHERE number = {numbers[4]}")
    found = verified(record, 1)
    assert {f"number {number}" for number in (*changed[:2], numbers[4])} <= {where for where, _ in found["findings"]}
    assert verified(record, 2) == found
