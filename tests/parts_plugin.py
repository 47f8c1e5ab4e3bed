"""Which part of the tests is run, and how long each folder of them took: ``-p parts_plugin``.

``--quick`` leaves out what takes long, by kind and not by chance: whatever touches a database or a browser, and the
files of `SLOW`, which calculate whole worlds or start processes. What is left takes about a minute.
"""

from __future__ import annotations

import functools
import gc
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

import dealing
from dealing import file_of

SLOW = {
    "arisings/test_bench.py": "measures",
    "arisings/test_command.py": "whole calculations",
    "arisings/test_export.py": "a whole calculation",
    "arisings/test_market.py": "whole markets",
    "arisings/test_oracles.py": "other people's programs",
    "arisings/test_run.py": "whole calculations",
    "arisings/test_scenario.py": "whole calculations",
    "arisings/test_stocks.py": "property tests of stock models",
    "arisings/test_validation.py": "everything published",
    "custody/test_arithmetic.py": "property tests",
    "exchange/test_two_folders.py": "two nodes in processes of their own",
    "journal/test_bench.py": "measures",
    "journal/test_pure.py": "property tests",
    "journal/test_rebuilding.py": "a process of its own, with a large record",
    "kit/test_apart.py": "processes of their own",
    "kit/test_catalogues.py": "draws every text out anew",
    "kit/test_database.py": "processes that wait for each other",
    "law/test_bench.py": "measures",
    "law/test_laboratory.py": "drafts over every lane",
    "law/test_making.py": "drafts over all lanes of the world, and papers",
    "law/test_naming.py": "starts the command in two languages",
    "law/test_made_up_country.py": "a copy of the tree, and its tests",
    "law/test_mutate.py": "changes of packs, each with its rulings",
    "law/test_packs.py": "whole packs, again and again",
    "law/test_properties.py": "property tests of verdicts",
    "movement/test_movements.py": "property tests of the procedure",
    "network/test_bench_network.py": "measures",
    "network/test_decomposition.py": "many programs solved",
    "network/test_ensemble.py": "many programs solved",
    "network/test_plan_commands.py": "commands in processes of their own",
    "network/test_rounding.py": "many programs solved",
    "network/test_solving.py": "many programs solved",
    "package/test_examples.py": "every example of the docs",
    "package/test_site.py": "the docs as a site",
    "package/test_wheel.py": "a wheel, built and installed",
    "play/test_play.py": "whole stories",
    "portal/test_command_line.py": "commands in processes of their own",
    "portal/test_environment.py": "processes of their own",
    "operate/test_stays_up.py": "services in processes of their own, killed",
    "portal/test_gate.py": "a server in a process of its own",
    "portal/test_readiness.py": "servers in processes of their own",
    "portal/test_whose_record.py": "processes of their own",
    "procedure/test_walks.py": "walks through every procedure",
    "test_mutations.py": "faults planted in a copy",
}
"""Files of tests without a database that take more than two seconds each on a quiet machine, and what they do."""
DATABASE = frozenset({"db", "transactional_db", "live_server", "django_db_setup", "client", "admin_client"})
SECONDS: Counter[str] = Counter()
TESTS: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption("--quick", action="store_true", help="only tests that take little time")
    parser.addoption(
        "--beside",
        type=Path,
        metavar="FOLDER",
        help="the other database is tried beside this one, with the same empty folder: what need not be tried twice is "
        "shared out",
    )
    parser.addoption("--whole", action="store_true", help="long walks ask all that they can ask, not a sample of it")
    parser.addoption("--salt", help="the commit whose sample and share are taken; without it the one checked out")


def deal(config: pytest.Config) -> dealing.Deal:
    """What this pass shares with the other, where all tests run; by itself, or with tests named, it shares nothing."""
    ask = functools.partial(config.getoption, default=None)
    claims = ask("--beside") if config.args == config.getini("testpaths") else None
    return dealing.Deal(
        str(ask("--database")), ask("--salt") or dealing.salt_of_tree(), claims, whole=bool(ask("--whole"))
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, and say how much of it there is."""
    if not config.getoption("--quick"):
        return
    left = [item for item in items if touches_a_database(item) or file_of(item.nodeid) in SLOW]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the collector of garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


def touches_a_database(item: pytest.Item) -> bool:
    """Whether a test asks for a database, or for the browser, by a mark, a fixture or its class."""
    marks = {mark.name for mark in item.iter_markers()}
    fixtures: Iterable[str] = getattr(item, "fixturenames", ())
    own = getattr(getattr(item, "cls", None), "databases", None)
    return bool(marks & {"django_db", "postgresql", "browser"} or DATABASE.intersection(fixtures) or own)


def free(items: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Tests that either pass may run: they touch no database, and no other mark says where."""
    own = {"postgresql", "browser", "sqlite"}
    return {
        item
        for item in items
        if not touches_a_database(item) and own.isdisjoint(mark.name for mark in item.iter_markers())
    }


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Where the other pass runs beside this one, files without a database are run by the pass that has time."""
    share = deal(session.config)
    if not share.shared or session.testsfailed or session.config.option.collectonly:
        return None
    # The longest first, so that the two end together.
    coming = dealing.in_turn(share, session.items, free(session.items), SLOW)
    item = next(coming, None)
    while item is not None:
        following = next(coming, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Preparing, running and clearing away count alike, for the folder whose test it was done for."""
    folder = file_of(report.nodeid).rpartition("/")[0] or "(the house)"
    SECONDS[folder] += report.duration
    TESTS[folder] += report.when == "call"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The longest first; and by what the same share and sample are taken again."""
    if SECONDS:
        parts = [f"{folder} {seconds:.0f} ({TESTS[folder]})" for folder, seconds in SECONDS.most_common()]
        terminalreporter.section("seconds by folder, and how many tests", sep="-")
        terminalreporter.line(", ".join(parts))
        terminalreporter.line(f"share and sample: --salt={deal(config).salt}")
