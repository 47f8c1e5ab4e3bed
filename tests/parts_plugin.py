"""Which part of the tests is run, and how long each folder of them took: ``-p parts_plugin``.

``--quick`` leaves out what takes long, by kind and not by chance: whatever touches a database or a browser, and the
files of `SLOW`, which calculate whole worlds or start processes. What is left takes about a minute.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable

import pytest

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
        action="store_true",
        help="the other database is tried beside this one: what need not be tried twice is divided",
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


def touches_a_database(item: pytest.Item) -> bool:
    """Whether a test asks for a database, or for the browser, by a mark, a fixture or its class."""
    marks = {mark.name for mark in item.iter_markers()}
    fixtures: Iterable[str] = getattr(item, "fixturenames", ())
    own = getattr(getattr(item, "cls", None), "databases", None)
    return bool(marks & {"django_db", "postgresql", "browser"} or DATABASE.intersection(fixtures) or own)


def runs_in(database: str, item: pytest.Item, beside: bool) -> bool:
    """Whether a test runs in the pass of a database.

    What is PostgreSQL's own, or the browser's, runs on PostgreSQL; what touches no database on SQLite; whatever else on
    both, but for what is marked ``either`` and has the passes run `beside` each other: that runs on PostgreSQL.
    """
    marks = {mark.name for mark in item.iter_markers()}
    if marks & {"postgresql", "browser"} or (beside and "either" in marks):
        return database == "postgresql"
    return touches_a_database(item) or database == "sqlite"


def dealt(config: pytest.Config) -> Callable[..., bool]:
    """Of very many things each pass tries a half, where both run beside each other: is this in its half?"""
    beside = config.getoption("--beside", default=False) and config.args == config.getini("testpaths")
    odd = config.getoption("--database") == "sqlite"
    return lambda *what: not beside or zlib.crc32(repr(what).encode()) % 2 == odd


def file_of(nodeid: str) -> str:
    """The file of a test, below `tests`."""
    return nodeid.partition("::")[0].removeprefix("tests/")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Preparing, running and clearing away count alike, for the folder whose test it was done for."""
    folder = file_of(report.nodeid).rpartition("/")[0] or "(the house)"
    SECONDS[folder] += report.duration
    TESTS[folder] += report.when == "call"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The longest first."""
    if SECONDS:
        parts = [f"{folder} {seconds:.0f} ({TESTS[folder]})" for folder, seconds in SECONDS.most_common()]
        terminalreporter.section("seconds by folder, and how many tests", sep="-")
        terminalreporter.line(", ".join(parts))
