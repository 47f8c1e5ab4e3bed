"""Frauds planted in a process of its own, on a record that is thrown away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

from meguri.custody.adversary.frauds import FraudCount
from meguri.kit.problems import N_, refuse


def planted(seed: int, times: int) -> list[FraudCount]:
    """Each kind of fraud so many times, and what came of it."""
    with tempfile.TemporaryDirectory(prefix="meguri-") as folder:
        env = {**os.environ, "MEGURI_HOME": folder, "MEGURI_MODE": "local", "MEGURI_NODE": "meguri.play"}
        env.pop("MEGURI_DATABASE_URL", None)
        command = [sys.executable, "-m", "meguri.play.frauds.running", str(seed), str(times)]
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise refuse(N_("The measurement stopped; what it said stands above."), "", "bench")
    return [FraudCount(*row) for row in json.loads(done.stdout.splitlines()[-1])]


def main(arguments: list[str]) -> None:
    """Start Django on an empty record and plant; the last line printed is JSON."""
    from meguri.kit.running.starting import start

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    start()
    from django.core.management import call_command

    from meguri.play.frauds import planting

    call_command("migrate", verbosity=0, interactive=False)
    print(json.dumps(list(planting.planted(int(arguments[0]), int(arguments[1])))))


if __name__ == "__main__":
    main(sys.argv[1:])
