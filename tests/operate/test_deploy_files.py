"""The files of `deploy/`, walked: units, roles, the nightly backup, the page that tells of them."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from meguri.kit.running.starting import EnvironmentProblem
from meguri.portal import cli, environment

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PAGES = [REPOSITORY / "docs" / "operate.md", REPOSITORY / "docs" / "how-to" / "deploy.md"]
READ = set(re.findall(r'"(MEGURI_[A-Z_]+)"', Path(environment.__file__).read_text(encoding="utf-8")))
pytestmark = pytest.mark.django_db


class Unit(configparser.RawConfigParser):
    """A unit of systemd; a name that stands twice has its lines one below the other."""

    def __init__(self, path):
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str
        self.lines = [line.partition("=")[::2] for line in path.read_text().splitlines() if "=" in line]
        self.read(path)

    def every(self, name):
        return [value for given, value in self.lines if given == name]


def settings_of(name):
    """The lines of an example of an environment file."""
    text = (DEPLOY / "systemd" / name).read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_commands_that_there_are_with_few_rights(path):
    unit = Unit(path)
    commands = unit.every("ExecStart")
    assert commands
    for line in commands:
        program, *words = shlex.split(line)
        if program.endswith("/meguri"):
            cli.parser().parse_args(words)
        else:
            assert (DEPLOY / Path(program).relative_to("/opt/meguri/deploy")).stat().st_mode & 0o111
    service = unit["Service"]
    assert service["User"] == "meguri"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    for file in unit.every("EnvironmentFile"):
        assert (DEPLOY / "systemd" / Path(file).name).exists()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_understands_them(tmp_path):
    for path in (DEPLOY / "systemd").iterdir():
        if path.suffix in (".service", ".timer"):
            # The programs are where they would be; here any that is there will do.
            (tmp_path / path.name).write_text(re.sub(r"/opt/meguri/\S+", "/bin/true", path.read_text()))
    files = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line]
    assert not said, done.stderr


def test_the_environment_files_name_what_is_read_and_hold_no_secret(tmp_path):
    service, owner = settings_of("service.env"), settings_of("owner.env")
    assert set(service) <= READ
    assert set(owner) == {"MEGURI_DATABASE_URL"}
    read = environment.read({**service, "MEGURI_HOME": str(tmp_path)} | long_enough(service))
    assert read.mode == "production"
    assert environment.mail(service["MEGURI_MAIL"].replace("MAIL.HOST", "mail.example"))["EMAIL_USE_SSL"]
    roles = {}
    for name, given in (("service", service), ("owner", owner)):
        options = environment.database(given["MEGURI_DATABASE_URL"])
        assert options["OPTIONS"]["sslmode"] == "verify-full"
        assert options["PASSWORD"] == "PASSWORD"
        roles[name] = options["USER"]
    said = (DEPLOY / "postgresql" / "roles.sql").read_text()
    assert set(re.findall(r"CREATE ROLE (\w+)", said)) == set(roles.values())
    assert f"OWNER {roles['owner']}" in said
    assert any(
        f"grants {roles['service']}" in line
        for line in Unit(DEPLOY / "systemd/meguri-setup.service").every("ExecStart")
    )


def long_enough(given):
    """Its two secrets, filled in."""
    return {name: name * 3 for name in ("MEGURI_SECRET_KEY", "MEGURI_KEYRING_SECRET") if name in given}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_is_one_that_there_is(page):
    """Commands in code and in running text, as far as they name no file of somebody's."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"`meguri ([a-z][^`\n…]*)`|^    (?:\S*/)?meguri ([a-z].*)$", text, re.MULTILINE)
    lines = {(code or line).split("&&")[0].strip() for code, line in found}
    assert len(lines) >= (8 if page.stem == "operate" else 0)
    for line in sorted(lines):
        cli.parser().parse_args(cli.whole(shlex.split(line)))
    for name in re.findall(r"deploy/[\w./-]*\w", text):
        assert (REPOSITORY / name).exists(), name
    for name in set(re.findall(r"MEGURI_[A-Z_]+", text)) - {"MEGURI_DATABASE_PASSWORD", "MEGURI_SERVICE_PASSWORD"}:
        assert name in READ, name


def backup_script(record, folder, days, **more):
    """`deploy/backup.sh`, as the unit starts it."""
    program = folder.parent / "meguri"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m meguri "$@"\n')
    program.chmod(0o755)
    return subprocess.run(
        [DEPLOY / "backup.sh", folder, str(days)],
        env={**record.surroundings, "MEGURI": str(program), **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.either
def test_the_nightly_backup_is_checked_and_old_ones_go(set_up, folders, tmp_path):
    record = folders("nightly", like=set_up, more={"MEGURI_CHECKPOINTS": str(tmp_path / "checkpoints")})
    record.run("journal", "seal")
    place = tmp_path / "backups"
    place.mkdir()
    old = place / "meguri-20200101T000000Z.backup"
    for path in (old, place / "somebody-elses"):
        path.write_text("x")
        os.utime(path, (1.6e9, 1.6e9))
    done = backup_script(record, place, 30)
    assert done.returncode == 0, done.stderr
    (made,) = place.glob("meguri-*.backup")
    assert record.run("backup", "check", made, "--against", f"{made}.checkpoint")["intact"]
    assert record.run("backup", "check", made, "--against", tmp_path / "checkpoints")["behind"] == 0
    assert not old.exists()
    assert (place / "somebody-elses").exists()
    # Where the record is not what it published, there is no good backup, and nothing old is thrown away.
    old.write_text("x")
    os.utime(old, (1.6e9, 1.6e9))
    other = folders("not_the_same", more=record.more)
    other.run("setup")
    time.sleep(1.1)
    done = backup_script(other, place, 30)
    assert done.returncode == 1, done.stderr
    assert "NOT INTACT" in done.stdout
    assert old.exists()


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not here")
def test_the_proxy_reads_requests_whole_and_says_who_asks(tmp_path):
    """nginx with the file as it stands (other ports, another certificate) before a server that tells what it got."""
    from operate.test_two_roles import certificate

    certificate(tmp_path, "meguri.example")
    got, at = [], threading.Event()
    behind = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            try:
                asked, _ = behind.accept()
            except OSError:
                return
            data = b""
            while b"\r\n\r\n" not in data:
                data += asked.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            length = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, b"0"])[1])
            while len(body) < length:
                body += asked.recv(65536)
            got.append((head.decode(), body))
            at.set()
            asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            asked.close()

    threading.Thread(target=answer, daemon=True).start()
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    text = (
        (DEPLOY / "nginx.conf")
        .read_text()
        .replace("127.0.0.1:8000", f"127.0.0.1:{behind.getsockname()[1]}")
        .replace("listen 80;", f"listen 127.0.0.1:{ports[0]};")
        .replace("listen 443 ssl", f"listen 127.0.0.1:{ports[1]} ssl")
        .replace("/etc/meguri/tls/fullchain.pem", f"{tmp_path}/meguri.example.crt")
        .replace("/etc/meguri/tls/privkey.pem", f"{tmp_path}/meguri.example.key")
        .replace("client_body_timeout 10s", "client_body_timeout 2s")
    )
    (tmp_path / "site.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; worker_processes 1;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy; "
        f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s; "
        f"include {tmp_path}/site.conf; }}\n"
    )
    words = ["nginx", "-p", str(tmp_path), "-e", str(tmp_path / "early.log"), "-c", str(tmp_path / "nginx.conf")]
    if os.geteuid() == 0:
        words += ["-g", "user root;"]
    assert subprocess.run([*words, "-t"], capture_output=True, check=False).returncode == 0
    proxy = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    trust = ssl.create_default_context(cafile=str(tmp_path / "meguri.example.crt"))

    def ask(data, wait=True):
        for _ in range(100):
            try:
                raw = socket.create_connection(("127.0.0.1", ports[1]), timeout=20)
                break
            except OSError:
                time.sleep(0.05)
        with trust.wrap_socket(raw, server_hostname="meguri.example") as secured:
            secured.sendall(data)
            return secured.recv(4096).decode() if wait else ""

    try:
        start = "POST /api/acts HTTP/1.1\r\nHost: meguri.example\r\nX-Forwarded-For: 203.0.113.9\r\n"
        whole = f"{start}X-Forwarded-Proto: http\r\nContent-Length: 4\r\nConnection: close\r\n\r\nacts"
        assert ask(whole.encode()).startswith("HTTP/1.1 200")
        head, body = got.pop()
        assert body == b"acts"
        said = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
        # What the caller wrote of itself is not passed on.
        assert said["x-forwarded-for"] == "127.0.0.1"
        assert said["x-forwarded-proto"] == "https"
        assert said["host"] == "meguri.example"
        # Half a body reaches nobody behind the proxy.
        at.clear()
        half = f"{start}Content-Length: 1000\r\nConnection: close\r\n\r\nhalf".encode()
        answered = ask(half)
        assert not got
        assert not at.is_set()
        assert "200" not in answered.partition("\r\n")[0]
        large = f"{start}Content-Length: 20000000\r\nConnection: close\r\n\r\n".encode()
        assert ask(large).startswith("HTTP/1.1 413")
        assert not got
        with socket.create_connection(("127.0.0.1", ports[0]), timeout=20) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: meguri.example\r\nConnection: close\r\n\r\n")
            assert b"Location: https://meguri.example/" in plain.recv(4096)
    finally:
        proxy.terminate()
        proxy.wait(20)
        behind.close()


@pytest.mark.either
def test_mail_goes_out_by_the_server_that_is_named(folders):
    """A server that speaks as much of SMTP as it takes."""
    server = socket.create_server(("127.0.0.1", 0))
    heard = []

    def serve():
        asked, _ = server.accept()
        with asked, asked.makefile("rwb", buffering=0) as line:
            line.write(b"220 here\r\n")
            inside = False
            while said := line.readline():
                heard.append(said.decode().strip())
                if inside:
                    inside = said != b".\r\n"
                    if inside:
                        continue
                verb = said[:4].upper()
                inside = verb == b"DATA"
                line.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 good\r\n"))
                if verb == b"QUIT":
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    address = f"smtp://127.0.0.1:{server.getsockname()[1]}?from=meguri@here.example"
    record = folders("mail", more={"MEGURI_MAIL": address})
    assert record.run("mail", "ann@there.example") == {"sent": "ann@there.example"}
    thread.join(20)
    server.close()
    assert "mail FROM:<meguri@here.example>" in "\n".join(heard).replace("MAIL", "mail")
    assert any("ann@there.example" in said for said in heard)
    assert "Subject: Mail from meguri.local" in heard
    # Nobody listens there any more: said in a sentence.
    refused = record.run("mail", "ann@there.example", status=2)
    assert refused["errors"][0]["code"] == "mail"


@pytest.mark.parametrize("text", ["mail.example", "https://mail.example?from=a@b", "smtp://h", "smtp://h?from=a@b&x=y"])
def test_a_mail_server_that_cannot_be_read_is_refused(text):
    with pytest.raises(EnvironmentProblem, match="MEGURI_MAIL"):
        environment.mail(text)


def test_without_a_mail_server_mail_is_printed():
    assert "console" in str(environment.mail("")["EMAIL_BACKEND"])
    secured = environment.mail("smtp+starttls://a%40b:p%2Fq@mail.example?from=x@y.example")
    assert (secured["EMAIL_HOST_USER"], secured["EMAIL_HOST_PASSWORD"]) == ("a@b", "p/q")
    assert (secured["EMAIL_USE_TLS"], secured["EMAIL_PORT"]) == (True, 587)
