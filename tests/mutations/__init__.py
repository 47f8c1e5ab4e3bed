"""Plants small faults in the rooms that keep the record, and says which of them no test notices.

    python -m tests.mutations                           # 300 faults; exit 0 where at least 85 % are noticed
    python -m tests.mutations --rooms custody --count 60 --seed 7 --jobs 2 --json

A fault is one change of one line (`operators.py`). They are drawn by a seed, one line as likely as another, and each is
tried with the tests that run its line: a run under coverage, kept in the user's cache until a file changes, tells which
they are. The working tree is copied and never written to; a fault lives in the memory of the process that tries it
(`worker.py`), so a test that starts `meguri` as a command of its own does not see it. A fault that makes the tests
run on past their limit counts as noticed. One in a line that no test runs counts as unnoticed.

Why not a library: none that was looked at draws by a seed and picks tests by the line. mutmut 3 takes whole files,
rewrites them in its own folder under the tree and picks tests by function; Cosmic Ray runs one command for all faults;
mutatest does both but needs a coverage of before 2022; pytest-gremlins is an alpha that tries all of a file. Above all
their operators swap signs and constants, as these do, but none leaves out a guard's call, a `raise`, a field that a
fold keeps, an element of a tuple or a filter, and those are the faults that the record must fear.
"""
