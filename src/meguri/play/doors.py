"""The doors by which a step is said beside the services: a page's form, and a key of one's own over the API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.template import Template
from django.test import Client
from django.test import utils as django_test

from meguri.journal import services as journal
from meguri.journal.act import Act
from meguri.journal.services import Receipt, Utterance
from meguri.journal.signatures import signing
from meguri.kit import clock
from meguri.kit.models import User
from meguri.kit.people import accounts
from meguri.kit.problems import N_, MeguriError, Problem
from meguri.play.stage import NODE
from meguri.play.step import PageForm

HOST = "localhost"
# Fields that a page makes for itself, so that sending a form twice records it once.
PROPOSED = ("as_", "nonce")


class Answered(MeguriError):
    """What a page or the API answered instead of recording it."""

    title = N_("It was not recorded")

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(*problems)
        self.status = status


class _Forms(HTMLParser):
    """The forms of a page with their fields as they stand: by name, every value."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]], set[str]]] = []
        self._open: tuple[str, dict[str, list[str]], set[str]] | None = None
        self._select = self._area = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._open = (given.get("action", ""), {}, set())
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input" and name:
            kind, value = given.get("type", "text"), given.get("value", "")
            self._open[2].add(name)
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    self._open[1].setdefault(name, []).append(value or "on")
            elif kind not in ("submit", "button", "image", "file"):
                self._open[1].setdefault(name, []).append(value)
        elif tag == "select" and name:
            self._select = name
            self._open[2].add(name)
        elif tag == "option" and self._select and "selected" in given:
            self._open[1].setdefault(self._select, []).append(given.get("value", ""))
        elif tag == "textarea" and name:
            self._area, self._text = name, ""
            self._open[2].add(name)

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area and self._open:
            self._open[1].setdefault(self._area, []).append(self._text.removeprefix("\n"))
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._open = None


@dataclass
class Pages:
    """People at pages: one account for each organisation of the story, signed in and kept."""

    clients: dict[str, Client] = field(default_factory=dict)

    def fill(self, who: str, form: PageForm, through: str = "") -> str:
        """Fetch the page, write into its form what is to be written, and send it; the address it leads to.

        Raises Answered with what the page says where it is not taken, or where the page has no such form or field.
        """
        client = self._for(who, through) if through else self._client(who)
        page = self._ask(client, "GET", form.url)
        if form.action == "GET":
            return form.url
        action = form.action or form.url
        sent = self._written(page.content.decode(), form, action)
        answer = self._ask(client, "POST", action, {**sent, **form.also})
        return str(answer.headers.get("Location", action))

    def _written(self, html: str, form: PageForm, action: str) -> dict[str, list[str]]:
        reader = _Forms()
        reader.feed(html)
        wanted = {name for name in form.fields if not name.endswith("*")}
        path = action.partition("?")[0]
        fits = [one for one in reader.forms if one[0].partition("?")[0] in (path, "")]
        # Several forms of a page may go to one address: the steps of a case. What is hidden in them tells them apart.
        for _, values, offered in fits:
            told = all(
                values.get(name, [value]) == [value]
                for name, value in form.fields.items()
                if name in ("track", "transition", "hold", "event")
            )
            if wanted <= offered and (told or len(fits) == 1):
                sent = dict(values)
                for name, value in form.fields.items():
                    if name.endswith("*"):
                        for other in offered - wanted:
                            if other.startswith(name[:-1]):
                                sent[other] = [str(value)]
                    else:
                        sent[name] = list(value) if isinstance(value, list) else [str(value)]
                return sent
        offered = set().union(*(one[2] for one in fits)) if fits else set()
        missing = sorted(wanted - offered)
        raise Answered(
            404,
            Problem(
                N_("The page {url} offers no such form; it lacks {fields}."),
                f"/{missing[0]}" if missing else "",
                "not_offered",
                {"url": form.url, "fields": ", ".join(missing) or action},
            ),
        )

    def _for(self, who: str, through: str) -> Client:
        """A person of another organisation, who has chosen to act for this one by a delegation."""
        name = f"{who} {through}"
        if name not in self.clients:
            client = self._client(through)
            del self.clients[through]
            self._ask(client, "POST", "/act-for", {"organisation": name})
            self.clients[name] = client
        return self.clients[name]

    def _client(self, who: str) -> Client:
        if who not in self.clients:
            client = Client(SERVER_NAME=HOST)
            name = who.partition(":")[2]
            user = User.objects.filter(username=f"{name}-person").first()
            if user is None and who == NODE:
                user = accounts.create_administrator(f"{name}-person", secrets.token_urlsafe(24))
            elif user is None:
                user = accounts.create_person(f"{name}-person", secrets.token_urlsafe(24), "")
                accounts.join(user, who)
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
            self.clients[who] = client
        return self.clients[who]

    def _ask(self, client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> Any:
        with _seen():
            answer = client.get(url) if method == "GET" else client.post(url, data or {})
        if answer.status_code >= 400:
            raise Answered(answer.status_code, *_said(answer, url))
        return answer


@contextmanager
def _seen() -> Iterator[None]:
    """Let the client see with what a page was made, as Django's tests do."""
    drawn: Any = Template
    before = drawn._render
    drawn._render = vars(django_test)["instrumented_test_render"]
    try:
        yield
    finally:
        drawn._render = before


def _said(answer: Any, url: str) -> Sequence[Problem]:
    """What a page says is wrong."""
    context = getattr(answer, "context", None)
    for name in ("problems", "error"):
        found = context.get(name) if context is not None else None
        problems = found.problems if isinstance(found, MeguriError) else found
        if problems:
            return tuple(problems)
    params = {"status": answer.status_code, "url": url}
    return (Problem(N_("The page {url} answered {status}."), "", f"http-{answer.status_code}", params),)


@dataclass
class OwnKey:
    """Keys that organisations of the story keep themselves; what they say is signed with them and posted to the API."""

    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(SERVER_NAME=HOST))

    def __call__(self, actor: str, utterances: Sequence[Utterance]) -> list[Receipt]:
        """Sign and post; raises Answered with what the API says."""
        private = self._key(journal.speaker(actor))
        key = signing.key_id(signing.public_text(private))
        kept = [
            {name: signing.PrivateValue(secrets.token_hex(16), value) for name, value in utterance.private.items()}
            for utterance in utterances
        ]
        acts = [
            journal.act_of(actor, key, utterance, private) for utterance, private in zip(utterances, kept, strict=True)
        ]
        marks = signing.sign_acts(private, [act.id for act in acts])
        body = json.dumps(
            [
                msgspec.to_builtins(signing.Signed(act, mark, private))
                for act, mark, private in zip(acts, marks, kept, strict=True)
            ]
        )
        answer = self.client.post("/api/acts", body, content_type="application/json")
        told = json.loads(answer.content)
        if answer.status_code >= 400:
            raise Answered(
                answer.status_code,
                *(
                    Problem("{text}", _within(one["pointer"], len(acts)), one["code"], {"text": one["detail"]})
                    for one in told["errors"]
                ),
            )
        return [Receipt(one["id"], one["number"], clock.parse(one["recorded"]), one["fresh"]) for one in told]

    def _key(self, actor: str) -> Ed25519PrivateKey:
        if actor not in self.keys:
            private = signing.new_key()
            with journal.through(None), journal.spoken_by(""):
                code, offer = journal.offer_of("in_person")
                journal.enrol(
                    actor,
                    "held",
                    public=signing.public_text(private),
                    proof=signing.prove_key(private, settings.NODE, actor),
                    since=journal.EVER,
                    offer=offer,
                )
                journal.record([journal.acceptance(private, actor, code, settings.NODE)], new=True)
            self.keys[actor] = private
        return self.keys[actor]


def _within(pointer: str, count: int) -> str:
    """Where one act was sent, pointers lead into it and not into the list."""
    return pointer.removeprefix("/0") if count == 1 else pointer


__all__ = ["Act", "Answered", "OwnKey", "Pages"]
