"""``python -m meguri`` is the same as the ``meguri`` command."""

from meguri.portal.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
