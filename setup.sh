# Shared by ./run and ./test: the virtual environment with locked, hashed dependencies. Meant to be sourced.

# Meguri starts processes of its own, and its tests hundreds: each would compile anew all that it imports.
unset PYTHONDONTWRITEBYTECODE

python_command() {
  local candidate
  for candidate in python3.11 python3 python3.12 python3.13; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"; return
    fi
  done
  stop "Python 3.11 or newer is needed. On Debian: apt-get install python3 python3-venv"
}

set_up() { # LOCK: install what that lock file names, unless it was done already
  local lock="$1" python stamp want
  want="$(cat "$lock" requirements-build.lock pyproject.toml | sha256sum | cut -d' ' -f1)"
  stamp=".venv/.installed-$lock"
  if [ -x .venv/bin/meguri ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$want" ] && .venv/bin/python -c 'import meguri' 2>/dev/null; then
    say "dependencies are as locked"
  else
    [ -w . ] || stop "this folder cannot be written to: $(pwd). Copy it to one of your own, or change its owner, and run again."
    python="$(python_command)"
    if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
      "$python" -c 'import ensurepip, venv' 2>/dev/null || stop "Python's venv module is missing. On Debian: apt-get install python3-venv"
      say "making a virtual environment in .venv with $("$python" --version)"
      rm -rf .venv
      "$python" -m venv .venv || stop "the virtual environment could not be made. On Debian: apt-get install python3-venv; otherwise see the lines above."
    fi
    say "installing the locked dependencies (about a minute the first time)"
    # Build tools come first, hashed too: without isolation nothing unlocked is fetched to build a package.
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes -r requirements-build.lock \
      && .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes --no-build-isolation -r "$lock" \
      || stop "the dependencies could not be installed; see the lines above. A network with the Python package index is needed once."
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet --no-deps --no-build-isolation -e . \
      || stop "Meguri itself could not be installed; see the lines above."
    printf '%s\n' "$want" > "$stamp"
  fi
  .venv/bin/python -m meguri.kit.messages
}
