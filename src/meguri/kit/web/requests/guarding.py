"""What an address needs is asked before its page or endpoint begins: by the policy of its room, for every address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import Resolver404, resolve

from meguri.kit.people import access, duties, policy, rights
from meguri.kit.people.identity import ANYONE, Reader, SignInNeeded
from meguri.kit.people.policy import AccessRule, Need
from meguri.kit.problems import N_, MeguriError, NotAllowed, Problem
from meguri.kit.web.requests import problem_pages


def opens(address: str, reader: Reader) -> bool:
    """Whether the policy lets a reader open an address of ours."""
    try:
        match = resolve(urlsplit(address).path)
        rule = policy.rule(match.view_name, match.route)
        if rule is None:
            return False
        rights.require(rule.need("GET"), reader)
        if rule.own:
            rights.require_own(reader)
    except (Resolver404, MeguriError):
        return False
    return True


class Guarded:
    """Refuses who is not what the address needs; an address that no policy names is open to nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """None where the reader may go on, else the refusal."""
        match = request.resolver_match
        rule = policy.rule(match.view_name, match.route) if match else None
        reader: Reader = getattr(request, "reader", ANYONE)
        try:
            if rule is None:
                raise NotAllowed(Problem(N_("Nothing says who may use this address."), "", "policy"))
            need = rule.need(request.method or "GET")
            if reader.scopes is None:
                rights.require(need, reader, demonstration=getattr(request, "demonstration", None) is not None)
            if rule.own:
                rights.require_own(reader)
            # What a token is good for, its endpoint asks (`covering`), and names the scope that it needs.
        except MeguriError as error:
            if not isinstance(error, SignInNeeded):
                access.note(access.REFUSED)
            answer = problem_pages.answer(request, error)
            if isinstance(error, SignInNeeded) and request.path.startswith(problem_pages.API):
                answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        refused = self._method(request, rule)
        if refused is not None:
            return refused
        if need is Need.ANYONE and reader.organisation is not None and not reader.may(duties.READ):
            # Sees what everybody sees: that the organisation sees more is not theirs.
            request.reader = replace(reader, organisation=None, roles=(), duties=())  # type: ignore[attr-defined]
        return None

    @staticmethod
    def _method(request: HttpRequest, rule: AccessRule) -> HttpResponse | None:
        """The refusal of a method that the rule does not have."""
        taken = {"GET": rule.read, "HEAD": rule.read, "OPTIONS": True}.get(request.method or "", rule.do)
        return None if taken else problem_pages.not_allowed(request, HttpResponseNotAllowed(rule.methods))
