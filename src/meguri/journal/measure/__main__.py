"""The processes behind `meguri bench journal` and `meguri bench lists`: ``python -m meguri.journal.measure``.

``all SECONDS WRITERS`` and ``lists LOTS ACTS`` measure a database; ``one WORKLOAD ACTOR SECONDS`` and ``bare SECONDS``
are the writers of the first, which say "ready", wait for a line, and print what they did. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

from meguri.kit.problems import MeguriError


def main(arguments: Sequence[str]) -> None:
    """Start Django and do what the arguments say."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    import django

    django.setup()
    from meguri.journal.measure import measuring, measuring_lists

    what, *rest = arguments
    if what == "all":
        done = measuring.everything(float(rest[0]), int(rest[1]))
    elif what == "lists":
        done = measuring_lists.measured(int(rest[0]), int(rest[1]))
    elif what == "one":
        offered = {workload.key: workload for workload in measuring.workloads()}
        done = measuring.one(offered[rest[0]], rest[1], float(rest[2]))
    else:
        done = measuring.bare(float(rest[0]), 1)
    print(json.dumps(done))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MeguriError as error:
        sys.exit(str(error))
