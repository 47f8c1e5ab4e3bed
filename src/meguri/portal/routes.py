"""Every address that is answered, with the rule of its room's policy: for `meguri routes`, and for the tests."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator

import msgspec
from django.conf import settings
from django.urls import URLPattern, URLResolver

from meguri.kit.people import policy


class AnsweredAddress(msgspec.Struct, frozen=True):
    """An address: its path with names for what it takes, its methods, the policy's words, and whether it is public.

    `name` is that by which pages link to it; of an endpoint, its path is.
    """

    path: str
    methods: tuple[str, ...]
    policy: str
    public: bool
    name: str


def _patterns(
    known: Iterable[URLPattern | URLResolver], route: str = "", space: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in known:
        at = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(
                pattern.url_patterns, at, f"{space}{pattern.namespace}:" if pattern.namespace else space
            )
        else:
            yield at, f"{space}{pattern.name or ''}", pattern


def routes() -> list[AnsweredAddress]:
    """All addresses by path. One without a rule is open to nobody, and says so."""
    found: dict[str, AnsweredAddress] = {}
    for at, name, _ in _patterns(importlib.import_module(settings.ROOT_URLCONF).urlpatterns):
        path = "/" + re.sub(r"<\w+:(\w+)>", r"<\1>", at)
        rule = policy.rule(name, at)
        found[path] = AnsweredAddress(
            path,
            tuple(rule.methods) if rule else (),
            rule.words if rule else "",
            bool(rule and rule.public),
            path if at.startswith("api/") else name,
        )
    return sorted(found.values(), key=lambda one: one.path)
