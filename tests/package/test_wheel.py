"""The wheel has all that it needs, starts on an empty home, and writes nothing beside its own code."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import time
import zipfile
from pathlib import Path

from meguri.kit import messages

SOURCE = messages.ROOMS


def test_every_file_of_the_package_is_in_the_wheel(installed):
    """Tables, templates, static files, fonts, catalogues in both forms: whatever lies in the package."""
    with zipfile.ZipFile(installed.wheel) as file:
        packed = set(file.namelist())
    kept = {
        f"meguri/{path.relative_to(SOURCE).as_posix()}"
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".mo"
    }
    compiled = {f"meguri/{path.relative_to(SOURCE).with_suffix('.mo').as_posix()}" for path in messages.sources()}
    assert len(compiled) > 10
    assert not (kept | compiled) - packed
    assert not {name for name in packed if name.startswith("meguri/")} - kept - compiled


def test_the_catalogues_in_the_wheel_are_those_of_the_sources(installed, tmp_path):
    for source in messages.sources():
        messages.compile_one(source, tmp_path / "one.mo")
        name = f"meguri/{source.relative_to(SOURCE).with_suffix('.mo').as_posix()}"
        with zipfile.ZipFile(installed.wheel) as file:
            assert file.read(name) == (tmp_path / "one.mo").read_bytes(), name


def test_it_is_the_wheel_that_is_run_and_not_the_checkout(installed):
    here = Path(installed.python("import meguri; print(meguri.__file__)"))
    assert here.is_relative_to(installed.environment)


def test_data_lies_in_the_users_own_folder(installed):
    where = "from meguri.kit.files import home; print(home.default())"
    assert Path(installed.python(where)) == installed.home / ".local" / "share" / "meguri"
    from meguri.kit.files import home

    assert home.default() == home.CHECKOUT / "var"


def test_meguri_home_wins_over_every_default(installed, tmp_path):
    given = {"MEGURI_HOME": str(tmp_path / "given"), "MEGURI_MODE": "local"}
    before = set(installed.home.rglob("*"))
    installed.run("setup", **given)
    assert (tmp_path / "given" / "meguri.sqlite3").is_file()
    assert set(installed.home.rglob("*")) == before


def test_commands_run(installed):
    assert "usage: meguri verdict" in installed.run("verdict", "--help")
    question = ("--from", "MYS", "--to", "JPN", "--stream", "circuit-boards", "--operation", "R4", "--on", "2025-10-01")
    english, japanese = (installed.run("verdict", *question, LC_ALL=tongue) for tongue in ("C.UTF-8", "ja_JP.UTF-8"))
    assert english != japanese
    assert any("぀" <= letter <= "ヿ" for letter in japanese)


def test_what_needs_a_checkout_or_an_extra_says_so(installed):
    assert "checkout" in installed.run("words", "draw-out", "ja", code=2)
    no_browser = {"PATH": str(installed.environment / "bin")}
    assert "meguri[screenshots]" in installed.run("screenshots", "pictures", code=2, **no_browser)


def test_the_portal_starts_on_an_empty_home_and_leaves_the_environment_as_it_was(installed):
    before = installed.files()
    installed.run("setup")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = subprocess.Popen(
        [installed.command, "serve", "--port", str(port)],
        env=installed.variables,
        cwd=installed.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        english = asked(served, port, "/?lang=en")
        japanese = asked(served, port, "/?lang=ja")
        styles = [asked(served, port, path) for path in re.findall(r'href="(/static/[^"]+\.css)"', english)]
    finally:
        served.send_signal(signal.SIGINT)
        served.communicate(timeout=30)
    assert '<html lang="en"' in english
    assert "May it move?" in english
    assert '<html lang="ja"' in japanese
    assert any("぀" <= letter <= "ヿ" for letter in japanese)
    assert len(styles) == 3
    assert all(styles)
    data = installed.home / ".local" / "share" / "meguri" / "demonstration"
    assert {"meguri.sqlite3", "secret.key", "keyring.key"} <= {path.name for path in data.iterdir()}
    assert installed.files() == before
    assert not [name for name in before if name.endswith((".key", ".sqlite3"))]


def asked(served: subprocess.Popen[str], port: int, path: str) -> str:
    """The page at a path, as soon as the server answers."""
    until = time.monotonic() + 60
    while served.poll() is None and time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            return answer.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError(f"the server did not answer: {served.communicate()[1] if served.poll() is not None else ''}")
