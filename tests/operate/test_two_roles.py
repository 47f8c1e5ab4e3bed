"""PostgreSQL over TLS with two roles: what the service's role has to do it can, and what was sealed it cannot touch."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from meguri.journal.entry import triggers
from meguri.journal.keeping import rights
from meguri.kit.running.starting import EnvironmentProblem
from meguri.portal import environment
from operate.conftest import Folder
from postgresql_plugin import binaries_of_postgresql

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "postgresql"
pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


def certificate(folder: Path, name: str, issuer=None):
    """A key and a certificate for a name, signed by itself or by an issuer (key, certificate)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[1].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(issuer[0] if issuer else key, hashes.SHA256())
    )
    (folder / f"{name}.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / f"{name}.key").chmod(0o600)
    return key, made


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL that lets in over TLS and by password alone: its port, and where certificates lie."""
    folder = Path(tempfile.mkdtemp(prefix="meguri-tls-"))
    folder.chmod(0o755)
    ca = certificate(folder, "authority")
    certificate(folder, "other-authority")
    certificate(folder, "localhost", ca)
    become = []
    if os.geteuid() == 0:
        become = ["runuser", "-u", "postgres", "--"]
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, programs = folder / "data", binaries_of_postgresql()

    def call(*command):
        subprocess.run([*become, *map(str, command)], cwd="/", check=True, capture_output=True)

    call(
        programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
    )
    let_in = (DEPLOY / "pg_hba.conf").read_text().replace("192.0.2.10/32", "127.0.0.1/32")
    (data / "pg_hba.conf").write_text(f"local all postgres trust\n{let_in}")
    options = (
        f"-p {port} -c listen_addresses=localhost -c unix_socket_directories={folder} -c ssl=on -c fsync=off "
        f"-c ssl_cert_file={folder}/localhost.crt -c ssl_key_file={folder}/localhost.key"
    )
    call(programs / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        # As docs/operate.md has it.
        asked = [programs / "psql", "-h", folder, "-p", str(port), "-U", "postgres", "--set=ON_ERROR_STOP=1"]
        shutil.copy(DEPLOY / "roles.sql", folder)
        call(*asked, f"--file={folder}/roles.sql")
        for role in ("owner", "service"):
            call(*asked, f"--command=ALTER ROLE meguri_{role} PASSWORD 'of-the-{role}'")
        yield port, folder
    finally:
        call(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def address(cluster, role, authority="authority", host="localhost", mode="verify-full"):
    port, folder = cluster
    return f"postgresql://meguri_{role}:of-the-{role}@{host}:{port}/meguri?sslmode={mode}&sslrootcert={folder}/{authority}.crt"


@pytest.fixture(scope="module")
def both(cluster, tmp_path_factory):
    """One record, opened by its owner and by the service."""
    home = tmp_path_factory.mktemp("roles")
    owner = Folder(home, database=address(cluster, "owner"))
    service = Folder(home, database=address(cluster, "service"))
    owner.run("setup")
    said = owner.run("database", "grants", "meguri_service", "--apply")
    assert said["applied"]
    assert owner.call("database", "grants", "meguri_service").stdout == "".join(
        f"{sql};\n" for sql in said["statements"]
    )
    assert owner.run("database", "grants", "nobody", "--apply", status=2)["errors"][0]["code"] == "role"
    return owner, service


def test_the_service_does_its_work(both, tmp_path):
    """Acts, seals, verifies, takes backups, gives keys, brings the tables up to date where nothing is to do."""
    owner, service = both
    service.tell(*(f"s{number}" for number in range(30)))
    assert service.run("journal", "seal")["sealed"] > 30
    assert service.run("journal", "verify")["intact"]
    service.run("journal", "rotate-log-key")
    service.run("journal", "rotate-key", "organisation:s1")
    service.more["MEGURI_PASSWORD"] = "correct horse battery"
    service.run("setup", "--administrator", "ada")
    service.run("backup", tmp_path / "b")
    assert service.run("backup", "check", tmp_path / "b")["intact"]
    assert owner.run("journal", "rebuild", "--check")["identical"]


def test_it_serves_with_its_own_role(both):
    _, service = both
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "meguri", "serve", "--port", str(port)],
        env=service.surroundings,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        ends = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                    assert answer.status == 200
                    break
            except OSError:
                assert time.monotonic() < ends
                time.sleep(0.2)
        with urlopen(f"http://127.0.0.1:{port}/log/checkpoint", timeout=5) as answer:
            assert answer.read().startswith(b"meguri.local\n")
        for path in ("/", "/journal/", "/accounts/login/"):
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                assert answer.status == 200
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, 9)
        server.wait()


NEVER = [
    *(
        f"UPDATE {table} SET {'number' if table != 'journal_checkpoint' else 'size'} = 0"
        for table in triggers.TABLES[:3]
    ),
    *(f"DELETE FROM {table}" for table in triggers.TABLES),
    *(f"TRUNCATE {table}" for table in triggers.TABLES),
    *(f"DROP TABLE {table} CASCADE" for table in triggers.TABLES),
    *(f"DROP TRIGGER {table}_kept ON {table}" for table in triggers.TABLES),
    *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in triggers.TABLES),
    *(f"ALTER TABLE {table} ADD COLUMN extra int" for table in triggers.TABLES),
    "CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
    "DROP FUNCTION journal_refuse() CASCADE",
    "SET session_replication_role = replica",
    "CREATE TABLE beside (id int)",
    "UPDATE journal_sealed_key SET box = ''",
    "DELETE FROM journal_sealed_key",
    "UPDATE journal_private SET value = ''",
    "DELETE FROM django_migrations",
    "ALTER SEQUENCE journal_number RESTART",
    "SELECT setval('journal_number', 1)",
    "SET ROLE meguri_owner",
    "CREATE RULE r AS ON INSERT TO journal_act DO INSTEAD NOTHING",
]


@pytest.mark.parametrize("sql", NEVER)
def test_what_the_service_may_not_do(both, sql):
    _, service = both
    with psycopg.connect(service.database, autocommit=True) as database:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.RestrictViolation)) as refused:
            database.execute(sql)
        assert "denied" in str(refused.value) or "must be owner" in str(refused.value)


def test_what_needs_the_owner_says_so(both):
    """A rebuild makes tables, a new keyring secret changes what is kept: the service's role can neither."""
    owner, service = both
    for words in (("journal", "rebuild", "--check"), ("journal", "rotate-secret")):
        done = service.call(*words)
        assert done.returncode == 2, done.stderr
        assert "owner" in done.stderr
        assert "Traceback" not in done.stderr
        owner.run(*words)
    assert service.run("journal", "verify")["intact"]


MAY_DROP = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "meguri.portal.settings"
from meguri.kit.running.starting import start
start()
from meguri.journal.keeping import rights
print(rights.may_drop())
"""


def test_a_server_knows_whether_its_role_could_drop_the_triggers(both):
    """In production one that could says so when it starts."""
    owner, service = both
    assert (owner.python(MAY_DROP), service.python(MAY_DROP)) == ("True\n", "False\n")


def test_rights_stay_after_a_rebuild_that_exchanges_tables(both):
    owner, service = both
    owner.ask("DELETE FROM journal_lies")
    assert owner.run("journal", "rebuild")["identical"] is False
    service.tell("afterwards")
    assert owner.run("journal", "rebuild", "--check")["identical"]


def test_every_table_has_its_rights(both):
    owner, _ = both
    there = {name for (name,) in owner.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert set(rights.rights()) >= there
    granted = owner.ask(
        "SELECT table_name, string_agg(privilege_type, ', ') FROM information_schema.role_table_grants "
        "WHERE grantee = 'meguri_service' GROUP BY table_name"
    )
    assert {name: set(what.split(", ")) for name, what in granted} == {
        name: set(what.split(", ")) for name, what in rights.rights().items() if name in there
    }


def test_the_server_has_to_be_the_one_that_it_says(cluster):
    """verify-full: not with another authority, not under another name, not without TLS."""
    with psycopg.connect(address(cluster, "service")) as database:
        assert database.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)
    for wrong in (
        {"authority": "other-authority"},
        {"host": "127.0.0.1"},
        {"mode": "disable"},
    ):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address(cluster, "service", **wrong))


def test_what_the_address_says_of_the_connection_is_kept():
    said = environment.database("postgresql://u:p@db.example/meguri?sslmode=verify-full&sslrootcert=/etc/ca.crt")
    assert {name: said["OPTIONS"][name] for name in ("sslmode", "sslrootcert")} == {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.crt",
    }
    for query in ("sslmod=verify-full", "sslmode=", "sslmode=require&sslmode=disable", "options=-csearch_path=x"):
        with pytest.raises(EnvironmentProblem, match="MEGURI_DATABASE_URL"):
            environment.database(f"postgresql://u:p@db.example/meguri?{query}")


@pytest.mark.parametrize("role", ["owner", "service"])
def test_production_says_whose_role_it_has(both, tmp_path, role):
    """Started over TLS as either; what it says of that stands in its log."""
    record = both[0] if role == "owner" else both[1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    surroundings = record.surroundings | {
        "MEGURI_MODE": "production",
        "MEGURI_SECRET_KEY": "s" * 40,
        "MEGURI_KEYRING_SECRET": (record.home / "keyring.key").read_text().strip(),
        "MEGURI_HOSTS": "localhost",
        "MEGURI_NODE": "meguri.local",
    }
    log = tmp_path / "log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "meguri", "serve", "--port", str(port)],
            env=surroundings,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        ends = time.monotonic() + 60
        while b"Meguri is at" not in log.read_bytes():
            assert server.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.2)
        assert ("can drop the triggers" in log.read_text()) == (role == "owner")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, 9)
        server.wait()


def test_the_container_of_the_database_makes_the_services_role(cluster):
    """`compose-roles.sh` as the image runs it, in a database that the owner made."""
    port, folder = cluster
    with psycopg.connect(f"host={folder} port={port} user=postgres dbname=postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE composed")
        try:
            admin.execute("ALTER ROLE meguri_service RENAME TO kept_aside")
            subprocess.run(
                [DEPLOY / "compose-roles.sh"],
                env={
                    **os.environ,
                    "PATH": f"{binaries_of_postgresql()}:{os.environ['PATH']}",
                    "PGHOST": str(folder),
                    "PGPORT": str(port),
                    "POSTGRES_USER": "postgres",
                    "POSTGRES_DB": "composed",
                    "MEGURI_SERVICE_PASSWORD": "it's secret",
                },
                check=True,
                capture_output=True,
            )
            made = admin.execute(
                "SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = 'meguri_service'"
            ).fetchone()
            assert made == (True, False)
        finally:
            admin.execute("DROP ROLE IF EXISTS meguri_service")
            admin.execute("ALTER ROLE kept_aside RENAME TO meguri_service")
            # A renamed role keeps no password of the old way; this one is of the new.
            admin.execute("ALTER ROLE meguri_service PASSWORD 'of-the-service'")
            admin.execute("DROP DATABASE composed")
