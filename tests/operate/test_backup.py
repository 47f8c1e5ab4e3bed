"""A backup is one consistent copy; a restore brings it back whole; one that a kept checkpoint goes beyond is found."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile

import pytest
from django.apps import apps

from meguri.journal.entry import triggers
from meguri.journal.keeping import archive, backing_up, checking
from meguri.journal.rebuild import rebuilding
from operate.conftest import TELL, Folder, share_keys

pytestmark = pytest.mark.django_db  # of both databases: commands work on records of their own


@pytest.fixture(scope="session")
def demonstration(patterns):
    record = patterns("pattern_played", mode="demonstration")
    record.run("setup")
    record.run("demo")
    return record


@pytest.fixture
def played(folders, demonstration):
    """A record in which a whole consignment went from collection to metal."""
    return folders("played", like=demonstration)


def columns_of(table: str) -> list[str]:
    """The names of a table's columns."""
    (model,) = (one for one in apps.get_models(include_auto_created=True) if one._meta.db_table == table)
    return [f'"{field.column}"' for field in model._meta.concrete_fields]


def projections(record):
    """All that is made from acts, as it stands in the tables."""
    # Other tests keep books of their own in this process.
    ours = {model._meta.db_table for model in apps.get_models() if model.__module__.startswith("meguri.")}
    tables = sorted(rebuilding.tables_made() & ours)
    assert len(tables) > 10
    kept = {}
    for table in tables:
        columns = columns_of(table)
        kept[table] = sorted(map(repr, record.ask(f"SELECT {', '.join(columns)} FROM {table}")))
    return kept


def told(record):
    """The journal's own rows."""
    return {table: len(record.ask(f"SELECT 1 FROM {table}")) for table in triggers.TABLES}


def test_a_restored_record_is_the_record(played, folders, tmp_path):
    file, kept = tmp_path / "a.backup", tmp_path / "kept.txt"
    made = played.run("backup", file)
    assert made["acts"] == made["sealed"] == made["tables"]["journal_act"] > 50
    assert played.call("journal", "checkpoint", "--out", kept).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600
    checked = played.run("backup", "check", file, "--against", kept)
    assert (checked["intact"], checked["acts"], checked["behind"], checked["missing"]) == (True, made["acts"], 0, [])
    restored = folders("restored", mode="demonstration")
    share_keys(played, restored)
    done = restored.run("restore", file, "--against", kept)
    assert (done["restored"], done["acts"], done["keys"]) == (True, made["acts"], True)
    assert restored.run("journal", "verify", "--against", kept)["intact"]
    assert restored.run("journal", "rebuild", "--check")["identical"]
    assert told(restored) == told(played)
    assert projections(restored) == projections(played)
    assert restored.call("balance").stdout == played.call("balance").stdout
    # It goes on: the next act has the next number, the next account the next id; and the journal stays append-only.
    before = restored.ask("SELECT MAX(number) FROM journal_act")[0][0]
    restored.tell("later")
    assert restored.ask("SELECT MAX(number) FROM journal_act")[0][0] == before + 1
    assert restored.run("journal", "verify", "--against", kept)["intact"]
    asked = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal ORDER BY 1"
        if restored.database
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    )
    assert restored.ask(asked) == played.ask(asked)
    assert len(played.ask(asked)) == 2 * len(triggers.TABLES)
    for table in triggers.TABLES:
        if restored.ask(f"SELECT 1 FROM {table}"):
            with pytest.raises(Exception, match="append-only"):
                restored.ask(f"DELETE FROM {table}")


def test_it_goes_from_one_database_to_the_other(played, folders, tmp_path):
    """In the run on PostgreSQL from there to SQLite and back."""
    here = "postgresql" if played.database else "sqlite"
    if here == "sqlite":
        pytest.skip("needs PostgreSQL")
    kept = tmp_path / "kept.txt"
    played.call("journal", "checkpoint", "--out", kept)
    before = played
    for name, kind in (("there", "sqlite"), ("back", "postgresql")):
        file = tmp_path / f"to_{name}.backup"
        before.run("backup", file)
        after = folders(name, kind, mode="demonstration")
        share_keys(before, after)
        after.run("restore", file, "--against", kept)
        assert after.run("journal", "verify", "--against", kept)["intact"]
        assert after.run("journal", "rebuild", "--check")["identical"]
        before = after
    assert projections(before) == projections(played)


@pytest.mark.either
def test_accounts_come_back_and_sessions_do_not(folders, tmp_path):
    record = folders("people")
    record.more["MEGURI_PASSWORD"] = "correct horse battery"
    record.run("setup", "--administrator", "ada")
    record.ask("INSERT INTO django_session VALUES ('k', 'd', '2030-01-01 00:00:00+00')")
    record.run("backup", tmp_path / "a")
    restored = folders("people_again", more=record.more)
    share_keys(record, restored)
    restored.run("restore", tmp_path / "a")
    asked = "SELECT id, username, password, date_joined FROM kit_user"
    assert restored.ask(asked) == record.ask(asked) != []
    assert restored.ask("SELECT 1 FROM django_session") == []
    restored.run("setup", "--administrator", "bob")
    assert len(restored.ask("SELECT id FROM kit_user")) == 2


@pytest.mark.either
def test_secrets_are_not_in_it(set_up, folders, tmp_path):
    record = folders("quiet", like=set_up)
    record.run("backup", tmp_path / "a")
    secrets = [(record.home / name).read_text().strip().encode() for name in ("secret.key", "keyring.key")]
    with zipfile.ZipFile(tmp_path / "a") as file:
        inside = b"".join(file.read(name) for name in file.namelist())
    assert b"meguri.local" in inside
    assert not any(secret in inside for secret in secrets)
    other = folders("without_its_secret")
    done = other.run("restore", tmp_path / "a")
    assert done["keys"] is False
    assert other.run("journal", "verify")["intact"]


@pytest.mark.either
def test_a_backup_from_before_a_kept_checkpoint_does_not_pass(set_up, folders, tmp_path):
    record = folders("node", like=set_up)
    record.tell("a", "b")
    old, kept = tmp_path / "old", tmp_path / "kept.txt"
    acts = record.run("backup", old)["acts"]
    record.tell("c", "d", "e")
    record.call("journal", "checkpoint", "--out", kept)
    behind = record.run("backup", "check", old, "--against", kept, status=1)
    assert (behind["intact"], behind["behind"], behind["missing"]) == (True, 3, [[acts + 1, acts + 3]])
    said = record.call("backup", "check", old, "--against", kept)
    assert said.returncode == 1
    assert f"missing: {acts + 1}-{acts + 3}" in said.stdout
    # Asked at the node, it is told how far it is behind, and is a good backup of what there was.
    assert record.run("backup", "check", old) | {"findings": []} == behind | {"against": None, "findings": []}
    empty = folders("empty")
    share_keys(record, empty)
    refused = empty.run("restore", old, "--against", kept, status=2)
    assert refused["errors"][0]["code"] == "behind"
    # Restored all the same, the record does not pass for what the checkpoint covers; nor once others were told instead.
    empty.run("restore", old)
    assert "dropped" in {one["code"] for one in empty.run("journal", "verify", "--against", kept, status=1)["findings"]}
    empty.tell("x", "y", "z", "zz")
    empty.run("journal", "checkpoint")
    found = empty.run("journal", "verify", "--against", kept, status=1)
    assert {one["code"] for one in found["findings"]} == {"forked"}
    empty.run("backup", tmp_path / "forked")
    found = empty.run("backup", "check", tmp_path / "forked", "--against", kept, status=1)
    assert ({one["code"] for one in found["findings"]}, found["behind"]) == ({"forked"}, 0)
    # Neither is a backup of one the beginning of the other.
    found = record.run("backup", "check", tmp_path / "forked", status=0)
    assert found["sealed"] > record.run("journal", "verify")["sealed"]
    record.tell("f", "g")
    record.run("journal", "checkpoint")
    found = record.run("backup", "check", tmp_path / "forked", status=1)
    assert {one["code"] for one in found["findings"]} == {"forked"}


def test_what_was_written_meanwhile_is_in_it_whole_or_not_at_all(set_up, folders, tmp_path):
    """Acts are told without a pause while backups are taken; each is one instant, and none stands still for it."""
    record = folders("busy", like=set_up)
    stop, sizes = tmp_path / "stop", []
    writer = subprocess.Popen([sys.executable, "-c", TELL_ON, stop], env=record.surroundings)
    try:
        while len(set(sizes)) < 3:
            assert writer.poll() is None
            file = tmp_path / f"b{len(sizes)}"
            record.run("backup", file)
            sizes.append(record.run("backup", "check", file)["acts"])
    finally:
        stop.touch()
        writer.wait()
    assert writer.returncode == 0
    assert sizes == sorted(sizes)
    record.run("backup", tmp_path / "last")
    kept = tmp_path / "kept.txt"
    record.call("journal", "checkpoint", "--out", kept)
    restored = folders("busy_again")
    share_keys(record, restored)
    restored.run("restore", tmp_path / "last", "--against", kept)
    assert restored.run("journal", "verify", "--against", kept)["intact"]
    assert restored.run("journal", "rebuild", "--check")["identical"]
    # One of those taken meanwhile has a whole subject for each act it has.
    earlier = folders("busy_earlier")
    share_keys(record, earlier)
    earlier.run("restore", tmp_path / f"b{len(sizes) - 1}")
    assert earlier.run("journal", "verify")["intact"]
    assert earlier.run("journal", "rebuild", "--check")["identical"]


TELL_ON = (
    TELL.partition("for name")[0]
    + """
from pathlib import Path
for number in range(100_000):
    if Path(sys.argv[1]).exists():
        break
    services.enrol(f"organisation:n{number}")
"""
)


def rewritten(path, to, change):
    """A copy of a backup in which each file is what `change(name, bytes)` makes of it."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return to


def lines(data):
    return [json.loads(line) for line in data.splitlines()]


def together(rows):
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_if_right(path, to, table, change):
    """A copy in which a table's rows are changed, and the manifest says that this is right."""
    import hashlib

    with zipfile.ZipFile(path) as old:
        manifest = json.loads(old.read("manifest.json"))
        data = together(change(lines(old.read(f"tables/{table}.jsonl"))))
    stated = manifest["tables"][table]
    stated["rows"], stated["sha256"] = data.count(b"\n"), hashlib.sha256(data).hexdigest()

    def put(name, was):
        return {f"tables/{table}.jsonl": data, "manifest.json": json.dumps(manifest).encode()}.get(name, was)

    return rewritten(path, to, put)


@pytest.fixture(scope="session")
def with_acts(patterns, set_up):
    """A record with some acts, and a backup of it in its folder."""
    record = patterns("pattern_written", like=set_up)
    record.tell("a", "b", "c")
    record.run("backup", record.home.parent / "good")
    return record


@pytest.fixture
def written(folders, with_acts, tmp_path):
    shutil.copy(with_acts.home.parent / "good", tmp_path / "good")
    return folders("written", like=with_acts)


@pytest.mark.either
def test_every_table_that_is_changed_is_noticed(written, tmp_path):
    """One bit of any table, without the manifest's knowledge; a row more, a row less."""
    good = tmp_path / "good"
    with zipfile.ZipFile(good) as file:
        tables = [name for name in file.namelist() if name.startswith("tables/") and file.read(name)]
    assert len(tables) >= 6
    for name in tables:
        for change in (
            lambda data: data.replace(b"0", b"1", 1) if b"0" in data else data + b" ",
            lambda data: data[data.index(b"\n") + 1 :],
            lambda data: data + data[: data.index(b"\n") + 1],
            lambda data: data[:-5],
        ):
            bad = rewritten(
                good, tmp_path / "bad", lambda at, data, name=name, change=change: change(data) if at == name else data
            )
            found = checked(bad)
            assert not found.intact, (name, found)
            assert not found.passes


def checked(path, against=None):
    with archive.Archive(path) as file:
        return checking.check(file, against)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[:-1],
        lambda rows: rows[:2] + rows[3:],
        lambda rows: [rows[1], rows[0], *rows[2:]],
        lambda rows: [*rows, [*rows[-1][:0], rows[-1][0] + 1, *rows[-1][1:]]],
        lambda rows: [[*rows[0][:8], "2001-01-01T00:00:00+00:00", *rows[0][9:]], *rows[1:]],
    ],
    ids=["the last one gone", "one gone", "another order", "one more", "another time"],
)
@pytest.mark.either
def test_acts_that_are_changed_with_the_manifest_are_noticed_by_the_log(written, tmp_path, change):
    bad = as_if_right(tmp_path / "good", tmp_path / "bad", "journal_act", change)
    found = checked(bad)
    assert {finding.code for finding in found.findings} & {"altered", "forked", "dropped"}


@pytest.mark.either
def test_a_signature_that_is_changed_is_noticed(written, tmp_path):
    def change(rows):
        at = archive.Archive(tmp_path / "good").manifest.tables["journal_act"].columns.index("signature")
        rows[1][at] = rows[2][at]
        return rows

    found = checked(as_if_right(tmp_path / "good", tmp_path / "bad", "journal_act", change))
    assert {finding.code for finding in found.findings} == {"altered", "forked"}


@pytest.mark.either
def test_what_is_no_backup_is_said_to_be_none(written, tmp_path):
    (tmp_path / "text").write_text("no zip at all")
    with zipfile.ZipFile(tmp_path / "zip", "w") as file:
        file.writestr("a", "b")
    shutil.copy(tmp_path / "good", tmp_path / "cut")
    with (tmp_path / "cut").open("r+b") as file:
        file.truncate(2000)
    later = rewritten(
        tmp_path / "good",
        tmp_path / "later",
        lambda name, data: data.replace(b'"format": 1', b'"format": 2') if name == "manifest.json" else data,
    )
    for path in (tmp_path / "text", tmp_path / "zip", tmp_path / "cut", later, tmp_path / "none"):
        for words in (("backup", "check", path), ("restore", path)):
            done = written.call(*words)
            assert (done.returncode, "Traceback" in done.stderr) == (2, False), (words, done.stderr)
    done = written.call("backup", "check", tmp_path / "good", "--against", tmp_path / "text")
    assert done.returncode == 2


@pytest.mark.either
def test_it_is_restored_into_an_empty_database_of_its_own_mode_alone(written, folders, tmp_path):
    done = written.run("restore", tmp_path / "good", status=2)
    assert done["errors"][0]["code"] == "not-empty"
    other = folders("other", mode="demonstration")
    assert other.run("restore", tmp_path / "good", status=2)["errors"][0]["code"] == "record"
    bad = rewritten(
        tmp_path / "good", tmp_path / "bad", lambda name, data: data + (b"[1]\n" if "kit_user." in name else b"")
    )
    empty = folders("empty")
    assert empty.run("restore", bad, status=2)["errors"][0]["code"] == "broken"
    later = rewritten(
        tmp_path / "good", tmp_path / "later", lambda name, data: data.replace(b'"0004_beats"', b'"9999_beyond"')
    )
    assert empty.run("restore", later, status=2)["errors"][0]["code"] == "version"
    share_keys(written, empty)
    empty.run("restore", tmp_path / "good")
    assert written.call("backup", tmp_path / "good").returncode == 2


@pytest.mark.either
def test_a_backup_of_an_earlier_version_is_brought_to_this_one(set_up, folders, tmp_path):
    """Made when the last table of the kit was not there yet."""
    record = folders("early", like=set_up)
    record.run("backup", tmp_path / "new")
    restored = folders("early_again")
    share_keys(record, restored)
    restored.run("restore", rewritten(tmp_path / "new", tmp_path / "old", without_the_beats))
    assert restored.ask("SELECT 1 FROM kit_beat") == []
    assert restored.run("journal", "rebuild", "--check")["identical"]
    assert restored.run("journal", "verify")["intact"]


BROKEN_OFF = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.portal import cli
import django
django.setup()
from meguri.journal.rebuild import rebuilding
def broken():
    raise KeyboardInterrupt
rebuilding.fold_all = broken
try:
    cli.main(["restore", sys.argv[1]])
except KeyboardInterrupt:
    print("broken off")
"""


def test_a_restore_that_is_broken_off_is_begun_again(written, folders, tmp_path):
    again = folders("again")
    share_keys(written, again)
    assert again.python(BROKEN_OFF, tmp_path / "good") == "broken off\n"
    assert again.ask("SELECT 1 FROM journal_act") == again.ask("SELECT 1 FROM kit_user") == []
    again.run("restore", tmp_path / "good")
    assert again.run("journal", "rebuild", "--check")["identical"]
    assert again.run("journal", "verify")["intact"]


@pytest.mark.either
def test_one_of_an_earlier_version_is_ended_by_setup_and_takes_no_act_before(written, folders, tmp_path):
    again = folders("later_again")
    share_keys(written, again)
    old = rewritten(tmp_path / "good", tmp_path / "old", without_the_beats)
    assert again.python(BROKEN_OFF, old) == "broken off\n"
    acts = len(again.ask("SELECT 1 FROM journal_act"))
    assert acts > 0
    done = again.call("act", "enrol-key", "--owner", "organisation:x", "--public", "x", "--proof", "y", "--json")
    assert done.returncode == 2
    assert '"setup"' in done.stdout
    again.run("setup")
    assert len(again.ask("SELECT 1 FROM journal_act")) == acts
    assert again.run("journal", "rebuild", "--check")["identical"]
    again.tell("goes-on")
    assert again.run("journal", "verify")["intact"]


@pytest.mark.either
def test_a_file_with_tables_that_no_backup_holds_is_refused(written, folders, tmp_path):
    """Such as rows that are to be made from acts, or a name that is more than a name."""
    for number, name in enumerate(("journal_founding", "django_session", 'kit_user" (id) VALUES (1); --')):

        def more(at, data, name=name):
            if at != "manifest.json":
                return data
            manifest = json.loads(data)
            manifest["tables"][name] = manifest["tables"]["account_emailaddress"]
            return json.dumps(manifest).encode()

        bad = rewritten(tmp_path / "good", tmp_path / f"bad{number}", more)
        with zipfile.ZipFile(bad, "a") as file:
            file.writestr(f"tables/{name}.jsonl", b"")
        empty = folders(f"empty{number}")
        assert empty.run("restore", bad, status=2)["errors"][0]["code"] == "broken"


@pytest.mark.either
def test_a_file_is_checked_where_there_is_no_record_and_none_is_made(written, tmp_path):
    other = Folder(tmp_path / "nowhere")
    found = other.run("backup", "check", tmp_path / "good")
    assert (found["intact"], found["behind"]) == (True, None)
    assert not other.home.exists()
    # Nor does a database that does not answer keep anybody from it.
    other.database = "postgresql://nobody@127.0.0.1:1/nothing"
    assert other.run("backup", "check", tmp_path / "good")["intact"]


def without_the_beats(name, data):
    """A manifest from before signs of life, and all that came to the kit after them."""
    if name != "manifest.json":
        return data
    manifest = json.loads(data)
    manifest["migrations"] = [one for one in manifest["migrations"] if one[0] != "kit" or one[1] < "0004"]
    for since in ("accessnote", "secondperson", "calendaraddress", "formdraft", "invitation", "membership"):
        # Nothing is in them; the last one has gained columns.
        assert manifest["tables"].pop(f"kit_{since}")["rows"] == 0
    return json.dumps(manifest).encode()


def test_every_table_is_in_it_or_made_anew_or_passes(transactional_db):
    """A table of any room: its values can be written down, and whoever adds one decides nothing by silence."""
    kept = backing_up.kept()
    every = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    made = rebuilding.tables_made() | set(backing_up.sums.TABLES)
    assert set(kept) | made | (backing_up.PASSING & every) == every
    assert not set(kept) & made
    assert set(triggers.TABLES) <= set(kept)
    assert {"journal_sealed_key", "journal_private", "kit_user"} <= set(kept)


ON_ITS_WAY = (
    TELL.partition("for name")[0]
    + """
import time
from pathlib import Path
from django.db import transaction
with transaction.atomic():
    services.enrol("organisation:slow")
    Path(sys.argv[1]).touch()
    while not Path(sys.argv[2]).exists():
        time.sleep(0.02)
"""
)


@pytest.mark.postgresql
def test_an_act_that_was_on_its_way_is_named(set_up, folders, tmp_path):
    """A lower number is committed after the backup began; the log takes it in before the act that was there already."""
    record = folders("on_its_way", like=set_up)
    record.tell("early")
    record.run("journal", "seal")
    (before,) = record.ask("SELECT MAX(number) FROM journal_act")[0]
    taken, stop = tmp_path / "taken", tmp_path / "stop"
    slow = subprocess.Popen([sys.executable, "-c", ON_ITS_WAY, taken, stop], env=record.surroundings)
    try:
        while not taken.exists():
            assert slow.poll() is None
        record.tell("quick")
        record.run("backup", tmp_path / "b")
    finally:
        stop.touch()
        slow.wait()
    there = {number for (number,) in record.ask(f"SELECT number FROM journal_act WHERE number > {before}")}
    assert there == {before + 1, before + 2}
    found = record.run("backup", "check", tmp_path / "b")
    assert (found["intact"], found["behind"], found["missing"]) == (True, 1, [[before + 1, before + 1]])
    record.run("journal", "seal")
    kept = tmp_path / "kept"
    record.run("journal", "checkpoint", "--out", kept)
    found = record.run("backup", "check", tmp_path / "b", "--against", kept, status=1)
    assert (found["intact"], found["behind"], found["missing"]) == (True, 1, [[before + 1, before + 1]])
    # Sealed up to that act alone, the log is as long as the file is, and still has what the file has not.
    founding, size = "from meguri.journal.models import Founding", found["against"] - 1
    kept.write_text(
        record.python(
            TELL.partition("services.ensure_node")[0]
            + f"{founding}\nfrom meguri.journal.log import checkpoints, sealing\n"
            "from meguri.journal.signatures import keyring\n"
            "state = Founding.objects.get(id=Founding.ID).value\n"
            f"print(checkpoints.write(state.node, {size}, sealing.range_hash(0, {size}), "
            "keyring.private(state.log_key)), end='')"
        )
    )
    found = record.run("backup", "check", tmp_path / "b", "--against", kept, status=1)
    assert (found["intact"], found["behind"], found["missing"]) == (True, 1, [[before + 1, before + 1]])
    # Restored, it is the record as of that instant, and goes on by itself.
    again = folders("on_its_way_again")
    share_keys(record, again)
    again.run("restore", tmp_path / "b")
    assert again.run("journal", "verify")["intact"]
    again.run("journal", "seal")
    assert again.run("journal", "verify", "--against", kept, status=1)["intact"] is False


def test_what_is_missing_is_named_by_number():
    open_behind = checking.Checked("n", "now", numbers=[(1, 40), (42, 42), (45, 45)])
    log = checking._Log.__new__(checking._Log)
    log.report = open_behind

    class Own:
        size = 40

    log.own = Own
    assert log._missing(0) == []
    assert log._missing(1) == [(41, 41)]
    assert log._missing(4) == [(41, 41), (43, 44), (46, 46)]
    log.own = None
    assert log._missing(2) == [(41, 41), (43, 43)]
    assert list(checking.without([1, 5, 6, 9, 12], [(1, 5), (8, 10)])) == [6, 12]
