"""What the surroundings say: mode, data folder, database, secrets. Read once, checked, never guessed in production."""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from meguri.kit.files import home as data
from meguri.kit.node import DEMONSTRATION, of_demonstration
from meguri.kit.running import logs
from meguri.kit.running.starting import EnvironmentProblem

Mode = Literal["demonstration", "local", "production"]
MODES: tuple[Mode, ...] = ("demonstration", "local", "production")
DEVELOPMENT_KEY = "development-only-never-in-production"
LOCK_TIMEOUT, STATEMENT_TIMEOUT = 10, 30
"""Seconds that a page waits for what others hold, and for one answer of the database."""
ACCESS_DAYS = 90
TOKEN_LEAST = 16
CONNECTING = ("sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "connect_timeout", "application_name")
"""What the address of a PostgreSQL may say of the connection, as libpq names it: above all ``?sslmode=verify-full``."""
READ_COMMITTED = 2
"""As psycopg numbers it (`IsolationLevel`), which need not be there where SQLite is used."""


@dataclass(frozen=True)
class Environment:
    """Settings from environment variables, checked together."""

    mode: Mode
    home: Path
    database_url: str
    secret_key: str
    keyring_secret: str
    hosts: tuple[str, ...]
    node: str
    proxies: int = 0
    peers: tuple[tuple[str, str], ...] = ()
    lock_timeout: int = LOCK_TIMEOUT
    statement_timeout: int = STATEMENT_TIMEOUT
    checkpoints: str = ""
    mail: str = ""
    oidc: str = ""
    limits: str = "database"
    cache: str = ""
    log: str = "text"
    metrics_token: str = ""
    access_days: int = ACCESS_DAYS
    scanner: str = ""

    @property
    def demonstration(self) -> bool:
        """Whether the labelled demonstration, with its role switcher and its own date, is on."""
        return self.mode == "demonstration"


def read(env: dict[str, str] | None = None) -> Environment:
    """Read MEGURI_MODE, _HOME, _DATABASE_URL, _SECRET_KEY, _KEYRING_SECRET, _HOSTS, _NODE, _PEERS, _PROXIES,
    _LOCK_TIMEOUT, _STATEMENT_TIMEOUT, _CHECKPOINTS, _MAIL, _OIDC, _LIMITS, _CACHE, _LOG,
    _METRICS_TOKEN, _ACCESS_DAYS and _SCANNER.

    In production every secret must be given and demonstration is refused; elsewhere missing secrets are made once
    and kept in the data folder, outside the database. Raises EnvironmentProblem.
    """
    given = dict(os.environ if env is None else env)
    mode = given.get("MEGURI_MODE", "demonstration")
    if mode not in MODES:
        raise EnvironmentProblem(f"MEGURI_MODE is “{mode}”; it is one of {', '.join(MODES)}.")
    home = Path(given.get("MEGURI_HOME") or data.default() / mode).expanduser()
    node = given.get("MEGURI_NODE") or f"meguri.{mode}"
    if of_demonstration(node) != (mode == "demonstration"):
        raise EnvironmentProblem(
            f"MEGURI_NODE is “{node}” and MEGURI_MODE “{mode}”. The demonstration's node, and no other, is called "
            f"{DEMONSTRATION}, or {DEMONSTRATION}.SOMETHING."
        )
    _mark(home, mode)
    if mode == "production":
        if given.get("MEGURI_DEMONSTRATION", "").lower() in {"1", "true", "yes", "on"}:
            raise EnvironmentProblem(
                "Demonstration mode cannot be switched on with production settings. Unset MEGURI_DEMONSTRATION."
            )
        for name in ("MEGURI_SECRET_KEY", "MEGURI_KEYRING_SECRET", "MEGURI_DATABASE_URL", "MEGURI_HOSTS"):
            if not given.get(name):
                raise EnvironmentProblem(f"Production needs {name}. Set it in the service's environment.")
        for name in ("MEGURI_SECRET_KEY", "MEGURI_KEYRING_SECRET"):
            if DEVELOPMENT_KEY in given[name] or len(given[name]) < 40:
                raise EnvironmentProblem(
                    f"{name} is a development key or shorter than 40 characters; production refuses to start on it."
                )
    limits = given.get("MEGURI_LIMITS") or "database"
    if limits not in ("database", "cache"):
        raise EnvironmentProblem(f"MEGURI_LIMITS is “{limits}”; it is database or cache.")
    caches(given.get("MEGURI_CACHE", ""))
    log = given.get("MEGURI_LOG") or ("json" if mode == "production" else "text")
    if log not in logs.FORMS:
        raise EnvironmentProblem(f"MEGURI_LOG is “{log}”; it is {' or '.join(logs.FORMS)}.")
    token = given.get("MEGURI_METRICS_TOKEN", "")
    if token and len(token) < TOKEN_LEAST:
        raise EnvironmentProblem(f"MEGURI_METRICS_TOKEN is shorter than {TOKEN_LEAST} characters.")
    proxies = _number(given, "MEGURI_PROXIES", 0, "the number of trusted proxies in front, such as 1")
    return Environment(
        mode=mode,
        home=home,
        database_url=given.get("MEGURI_DATABASE_URL") or f"sqlite:///{home / 'meguri.sqlite3'}",
        secret_key=given.get("MEGURI_SECRET_KEY") or _kept(home / "secret.key"),
        keyring_secret=given.get("MEGURI_KEYRING_SECRET") or _kept(home / "keyring.key"),
        hosts=tuple(given.get("MEGURI_HOSTS", "127.0.0.1,localhost,[::1]").split(",")),
        node=node,
        proxies=proxies,
        peers=peers(given.get("MEGURI_PEERS", "")),
        lock_timeout=_number(given, "MEGURI_LOCK_TIMEOUT", LOCK_TIMEOUT, "a number of seconds; 0 waits forever"),
        statement_timeout=_number(
            given, "MEGURI_STATEMENT_TIMEOUT", STATEMENT_TIMEOUT, "a number of seconds; 0 waits forever"
        ),
        checkpoints=given.get("MEGURI_CHECKPOINTS", ""),
        mail=given.get("MEGURI_MAIL", ""),
        oidc=given.get("MEGURI_OIDC", ""),
        limits=limits,
        cache=given.get("MEGURI_CACHE", ""),
        log=log,
        metrics_token=token,
        access_days=_number(given, "MEGURI_ACCESS_DAYS", ACCESS_DAYS, "a number of days"),
        scanner=_command(given.get("MEGURI_SCANNER", "")),
    )


def _number(given: dict[str, str], name: str, default: int, what: str) -> int:
    """A whole number from the environment. Raises EnvironmentProblem."""
    text = given.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise EnvironmentProblem(f"{name} is “{text}”; it is {what}.")
    return int(text)


CACHES = {
    "redis": ("django.core.cache.backends.redis.RedisCache", "redis", "redis"),
    "rediss": ("django.core.cache.backends.redis.RedisCache", "redis", "redis"),
    "memcached": ("django.core.cache.backends.memcached.PyMemcacheCache", "pymemcache", "pymemcache"),
}
"""By the scheme of an address: Django's cache, the module that it needs, and the library that brings it."""


def caches(url: str) -> dict[str, object]:
    """Django's cache for ``redis://host:port/0`` or ``memcached://host:port``; each process its own where none is
    given. Raises EnvironmentProblem.
    """
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    scheme, _, rest = url.partition("://")
    if scheme not in CACHES or not rest:
        raise EnvironmentProblem(f"MEGURI_CACHE is “{url}”; write redis://host:port/0 or memcached://host:port.")
    backend, module, library = CACHES[scheme]
    if importlib.util.find_spec(module) is None:
        raise EnvironmentProblem(f"MEGURI_CACHE needs the library {library}, which is not installed.")
    return {"BACKEND": backend, "LOCATION": rest if scheme == "memcached" else url}


NODE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,38}[a-z0-9])?")


def peers(text: str) -> tuple[tuple[str, str], ...]:
    """Which node keeps which economy, from ``JPN=meguri.jpn,MYS=meguri.mys``. Raises EnvironmentProblem."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        economy, _, node = (side.strip() for side in part.partition("="))
        if not re.fullmatch(r"[A-Z]{3}", economy) or not NODE_NAME.fullmatch(node) or economy in found:
            raise EnvironmentProblem(
                f"MEGURI_PEERS has “{part}”; write each economy once, with its node, such as JPN=meguri.jpn."
            )
        found[economy] = node
    return tuple(found.items())


def _mark(home: Path, mode: Mode) -> None:
    """Write down for which mode a data folder is, and refuse one that is for another."""
    path = home / "mode"
    try:
        if path.exists():
            kept = path.read_text().strip()
            if (kept == "demonstration") != (mode == "demonstration"):
                raise EnvironmentProblem(
                    f"The data folder {home} belongs to {kept} mode, and MEGURI_MODE is “{mode}”. "
                    "Set MEGURI_HOME to another folder."
                )
            return
        home.mkdir(parents=True, exist_ok=True)
        path.write_text(mode + "\n")
    except OSError:
        # A folder that cannot be written to is named by `preparing`, in a sentence.
        return


def _command(given: str) -> str:
    """A command whose program is named by its whole path. Raises EnvironmentProblem."""
    try:
        parts = shlex.split(given)
    except ValueError:
        parts = [""]
    if parts and not (os.path.isabs(parts[0]) and os.access(parts[0], os.X_OK)):
        raise EnvironmentProblem(
            "MEGURI_SCANNER names no program. Write its whole path and what it is given, such as "
            "/usr/bin/clamdscan --no-summary -."
        )
    return given


def _kept(path: Path) -> str:
    """A secret made once, in a file that only its owner reads; the development key where nothing can be kept."""
    try:
        if path.exists():
            return path.read_text().strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(48)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret + "\n")
        return secret
    except OSError:
        return DEVELOPMENT_KEY


def _connecting(query: str) -> dict[str, str]:
    """What stands behind the question mark of PostgreSQL's address. Raises EnvironmentProblem."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in CONNECTING or name in found or not value:
            raise EnvironmentProblem(
                f"MEGURI_DATABASE_URL says “{name}={value}”; it may say each once of {', '.join(CONNECTING)}."
            )
        found[name] = value
    return found


def database(url: str, lock: int = LOCK_TIMEOUT, statement: int = STATEMENT_TIMEOUT) -> dict[str, object]:
    """Django's settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?sslmode=…``, with the
    seconds that one waits for locks and (on PostgreSQL) for one statement.

    Raises EnvironmentProblem.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:] if parts.path.startswith("//") else parts.path) or ":memory:",
            "OPTIONS": {
                "timeout": lock or 10**6,
                "transaction_mode": "IMMEDIATE",
                # Moved from the log into the file in lots of 32 MB: what many acts touch is then written there once.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=8000; "
                "PRAGMA foreign_keys=ON;",
            },
        }
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "OPTIONS": {
                **_connecting(parts.query),
                "pool": {"min_size": 1, "max_size": 16, "timeout": 20},
                # Every question here is small: machine code for it would take longer to make than the answer, and
                # what is prepared (`kit.running.prepared`) is planned once.
                "options": f"-c lock_timeout={lock}s -c statement_timeout={statement}s -c jit=off "
                "-c plan_cache_mode=force_generic_plan",
                # Whatever the server's default: what one waits for is read after the wait.
                "isolation_level": READ_COMMITTED,
            },
        }
    raise EnvironmentProblem(f"MEGURI_DATABASE_URL begins with “{parts.scheme}”; write sqlite:///… or postgresql://….")


MAIL = {"smtp": ("", 25), "smtp+starttls": ("EMAIL_USE_TLS", 587), "smtps": ("EMAIL_USE_SSL", 465)}
"""How a mail server is spoken to: the setting of Django that makes it so, and the port where none is named."""


def mail(url: str, folder: Path | None = None) -> dict[str, object]:
    """Django's settings for ``smtps://user:password@host:port?from=address`` (``smtp+starttls``, ``smtp``); where
    nothing is said, each mail is a file in the folder, or printed where there is none. Raises EnvironmentProblem.
    """
    if not url and folder is not None:
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": str(folder)}
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme not in MAIL or not parts.hostname or "@" not in query.get("from", "") or len(query) > 1:
        raise EnvironmentProblem(
            "MEGURI_MAIL cannot be read. Write smtps://user:password@host:465?from=address, or smtp+starttls://…."
        )
    secured, port = MAIL[parts.scheme]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": query["from"],
        "SERVER_EMAIL": query["from"],
        **({secured: True} if secured else {}),
    }


OIDC_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")


def _issuers(text: str) -> Iterator[tuple[str, SplitResult, dict[str, str]]]:
    """Each sign-in of MEGURI_OIDC: its short name, its address, and what is asked of it. Raises EnvironmentProblem."""
    for one in text.split():
        short, _, address = one.partition("=")
        parts = urlsplit(address)
        query = dict(parse_qsl(parts.query))
        local = parts.hostname in ("127.0.0.1", "localhost")
        if (
            not OIDC_NAME.fullmatch(short)
            or parts.scheme not in (("https", "http") if local else ("https",))
            or not (parts.hostname and parts.username and parts.password)
            or set(query) - {"title", "trust"}
            or query.get("trust", "no") not in ("yes", "no")
        ):
            raise EnvironmentProblem(
                "MEGURI_OIDC cannot be read. Write NAME=https://CLIENT:SECRET@issuer.example/path?title=TITLE, and "
                "&trust=yes where the addresses of mail that it confirms are believed; several with spaces between."
            )
        yield short, parts, query


def _origin(parts: SplitResult) -> str:
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def oidc(text: str) -> dict[str, object]:
    """The providers of allauth for the sign-ins that MEGURI_OIDC names; none where it is empty."""
    apps = [
        {
            "provider_id": short,
            "name": query.get("title", short),
            "client_id": unquote(parts.username or ""),
            "secret": unquote(parts.password or ""),
            "settings": {
                "server_url": f"{_origin(parts)}{parts.path.rstrip('/')}",
                "email_authentication": query.get("trust") == "yes",
                "email_authentication_auto_connect": query.get("trust") == "yes",
                "oauth_pkce_enabled": True,
            },
        }
        for short, parts, query in _issuers(text)
    ]
    return {"openid_connect": {"APPS": apps, "OAUTH_PKCE_ENABLED": True}} if apps else {}


def oidc_origins(text: str) -> list[str]:
    """Where the sign-ins of MEGURI_OIDC lie, which a browser may be led to."""
    return sorted({_origin(parts) for _, parts, _ in _issuers(text)})
