"""Two roles of PostgreSQL: the owner makes and changes tables, the service only reads and writes what it has to.

With the service's role nobody can alter, delete or truncate what was sealed, nor drop the triggers that refuse it. What
needs the owner: `setup` after a new version, `restore`, `journal rebuild` (it makes tables), `journal erase`, and a new
keyring secret.
"""

from __future__ import annotations

from django.apps import apps
from django.db import connection, transaction

from meguri.journal.entry import triggers
from meguri.kit.problems import N_, refuse

READ, ADD, ALL = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
RIGHTS = {
    **dict.fromkeys(triggers.TABLES, ADD),
    "journal_sealed_key": ADD,
    "journal_private": ADD,
    "django_migrations": READ,
}
"""What the service may do with these tables; with every other table of this version `ALL`."""


def rights() -> dict[str, str]:
    """What the service may do with each table."""
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return {table: RIGHTS.get(table, ALL) for table in sorted(tables | RIGHTS.keys())}


def grants(role: str) -> list[str]:
    """The statements that give the service's role its rights and take all others; the owner says them after each
    `setup`. Refused where the database is not PostgreSQL.
    """
    if connection.vendor != "postgresql":
        raise refuse(
            N_("Roles are PostgreSQL's. On SQLite whoever may write the file may write all of it."), "", "roles"
        )
    quote = connection.ops.quote_name
    to = quote(role)
    return [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {to}",
        f"GRANT CONNECT ON DATABASE {quote(str(connection.settings_dict['NAME']))} TO {to}",
        f"GRANT USAGE ON SCHEMA public TO {to}",
        *(f"GRANT {what} ON {quote(table)} TO {to}" for table, what in rights().items()),
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {to}",
    ]


def may_drop() -> bool:
    """Whether the role of this connection could drop the journal's triggers: it owns the tables, or is an administrator
    of PostgreSQL. On SQLite there are no roles.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(relowner, 'USAGE') OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) "
            "FROM pg_class WHERE oid = to_regclass('journal_act')"
        )
        found = cursor.fetchone()
    return found is not None and bool(found[0])


def apply(role: str) -> list[str]:
    """Say them, in one transaction; returns them."""
    statements = grants(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            raise refuse(N_("There is no role {role}. Make it first: CREATE ROLE … LOGIN."), "", "role", role=role)
        for sql in statements:
            cursor.execute(sql)
    return statements
