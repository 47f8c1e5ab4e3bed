"""What stands in the address of an operation of the API."""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest

from meguri.kit.problems import N_, Problem, gather, nearest

BESIDE = ("lang",)
"""What the address may hold beside an operation's own arguments: the language is read before any operation."""


def require_known(request: HttpRequest, known: Collection[str]) -> None:
    """Refuse arguments that the operation does not know, rather than answer something else than was asked."""
    gather(
        Problem(
            N_("“{name}” is not an argument here. Known are: {known}."),
            f"/{name[:40]}",
            "argument",
            {"name": name[:40], "known": ", ".join(known), "nearest": nearest(name, known)},
        )
        for name in request.GET
        if name not in known and name not in BESIDE
    )
