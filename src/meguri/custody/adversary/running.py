"""`meguri bench custody --adversary`: random and hostile histories at the guards, and planted frauds.

Histories are told in processes of their own, as many as there are processors; frauds by the room of stories.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from meguri.custody.adversary import frauds
from meguri.custody.adversary.frauds import FraudCount
from meguri.kit.problems import N_, refuse
from meguri.kit.words import Words


class Tally(NamedTuple):
    """What so many histories came to; all but the first two and the refusals should be nothing."""

    histories: int = 0
    acts: int = 0
    refusals: int = 0
    residual_g: int = 0
    above_bound: int = 0
    twice: int = 0
    negative: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.residual_g or self.above_bound or self.twice or self.negative)


def run(histories: int, seed: int, times: int, as_json: bool) -> int:
    """Tell so many histories and plant each kind of fraud so many times; 1 where a history left anything wrong."""
    tally = _add(_told(histories, seed))
    counts = frauds.planted(seed, times)
    if as_json:
        print(json.dumps(tally._asdict() | {"frauds": [_plain(one) for one in counts]}, indent=2))
    else:
        _tell(tally, counts)
    return 0 if tally.good else 1


def _told(histories: int, seed: int) -> Iterator[Tally]:
    """The histories in equal parts, a process each."""
    parts = min(os.cpu_count() or 1, histories) or 1
    cuts = [seed + histories * part // parts for part in range(parts + 1)]
    command = [sys.executable, "-m", "meguri.custody.adversary.running"]
    running = [
        subprocess.Popen([*command, str(first), str(last)], stdout=subprocess.PIPE, text=True)  # noqa: S603
        for first, last in itertools.pairwise(cuts)
    ]
    for process in running:
        out, _ = process.communicate()
        if process.returncode:
            raise refuse(N_("The measurement stopped; what it said stands above."), "", "bench")
        yield Tally(*json.loads(out.splitlines()[-1]))


def _add(parts: Iterable[Tally]) -> Tally:
    return Tally(*(sum(column) for column in zip(*parts, strict=True)))


def tell(first: int, last: int) -> Tally:
    """The histories of these seeds, one after another."""
    from meguri.custody.adversary.histories import history

    tally = Tally()
    for seed in range(first, last):
        told, _ = history(seed)
        wrong = told.wrong
        one = Tally(1, told.taken, told.refused, wrong.residual_g, wrong.above_bound, wrong.twice, wrong.negative)
        tally = _add([tally, one])
    return tally


def _plain(count: FraudCount) -> dict[str, object]:
    return {name: value for name, value in count._asdict().items() if name != "words"}


def _tell(tally: Tally, counts: Iterable[FraudCount]) -> None:
    print(
        Words("{histories} histories, {acts} acts taken, {refusals} refused").format(
            histories=f"{tally.histories:,}", acts=f"{tally.acts:,}", refusals=f"{tally.refusals:,}"
        )
    )
    print(
        Words(
            "Unaccounted {residual} g; above what can be in it {above}; certified or claimed twice {twice}; "
            "below nothing {negative}"
        ).format(residual=tally.residual_g, above=tally.above_bound, twice=tally.twice, negative=tally.negative)
    )
    heads = (Words("refused", context="fraud"), Words("flagged", context="fraud"), Words("unseen", context="fraud"))
    print()
    print("".join(f"{head!s:>10}" for head in heads))
    for one in counts:
        print(f"{one.refused:>10}{one.flagged:>10}{one.unseen:>10}  {one.kind}: {one.words}")


def main(arguments: list[str]) -> None:
    """Start Django and tell the histories from one seed to before another; the last line printed is JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "meguri.portal.settings")
    import django

    django.setup()
    print(json.dumps(tell(int(arguments[0]), int(arguments[1]))))


if __name__ == "__main__":
    main(sys.argv[1:])
