"""The demonstration's own doors: choose a role, play one step, play on, start over. Closed in every other mode."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meguri.demonstration import cast, performance, scenario, stage, story
from meguri.demonstration.scenario import StoryScenario
from meguri.journal.models import ActRow
from meguri.kit import clock
from meguri.kit.people import rights
from meguri.kit.problems import MeguriError
from meguri.kit.words import Words
from meguri.play.step import moment

View = Callable[..., HttpResponse]


def demonstration_only(view: View) -> View:
    """Answer “not found” where the demonstration is off."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMONSTRATION:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _back(request: HttpRequest, fallback: str = "/") -> HttpResponse:
    """Return to the page the reader came from, if it is one of ours."""
    target = request.POST.get("next") or request.META.get("HTTP_REFERER", "")
    if target and url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        parts = urlsplit(target)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return redirect(path if path.startswith("/") and not path.startswith("//") else fallback)
    return redirect(fallback)


@demonstration_only
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """All steps of the story: who plays them, on which day, and where those that were played can be seen."""
    row = stage.row()
    told = story.told(msgspec.convert(row.scenario, StoryScenario) if row else scenario.load())
    trail = {seen["scene"]: seen for seen in (row.memory.get("trail", []) if row else [])}
    days = {one.name: moment(story.steps_of(one.name, told)[0], clock.now()) for one in story.scenes()}
    steps = [
        {
            "title": one.title,
            "plays": one.plays,
            "day": days[one.name],
            "url": trail.get(one.name, {}).get("url", ""),
            "detail": msgspec.convert(trail[one.name]["detail"], Words) if one.name in trail else None,
            "next": row is not None and row.step == position,
        }
        for position, one in enumerate(story.scenes())
    ]
    return render(request, "demonstration/story.html", {"steps": steps, "asked": story.questions(told)})


@demonstration_only
@require_POST
def role(request: HttpRequest) -> HttpResponse:
    """Act in another role of the cast; an unknown or empty one is anybody without an account."""
    chosen = cast.by_role(request.POST.get("role", ""))
    request.session[stage.SESSION_ROLE] = chosen.role if chosen else ""
    return _back(request)


@demonstration_only
@require_GET
def as_role(request: HttpRequest, role: str) -> HttpResponse:
    """The same by a link, for pictures and tours; changes nothing but the reader's own session."""
    chosen = cast.by_role(role)
    if chosen is None and role != "anyone":
        raise Http404
    request.session[stage.SESSION_ROLE] = chosen.role if chosen else ""
    return redirect("/")


@demonstration_only
@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """Play the next step in its own role, and show the page on which it can be seen."""
    try:
        with rights.reading(None):
            played = performance.play_next()
    except MeguriError as error:
        return _told(request, error)
    if played is None:
        messages.info(request, gettext("The story is at its end. Start over to play it again."))
        return _back(request)
    request.session[stage.SESSION_ROLE] = played.scene.role
    messages.success(request, f"{played.scene.title} {played.detail}".strip())
    return redirect(played.url)


@demonstration_only
@require_POST
def play(request: HttpRequest) -> HttpResponse:
    """Play every step that is left."""
    last = None
    try:
        with rights.reading(None):
            while (played := performance.play_next()) is not None:
                last = played
    except MeguriError as error:
        return _told(request, error)
    if last is None:
        messages.info(request, gettext("The story is at its end. Start over to play it again."))
        return _back(request)
    request.session[stage.SESSION_ROLE] = last.scene.role
    messages.success(request, gettext("The story was played to its end."))
    return redirect(last.url)


@demonstration_only
@require_http_methods(["GET", "POST"])
def restart(request: HttpRequest) -> HttpResponse:
    """Ask, saying what goes; then begin a new journal and put the story back to its beginning."""
    if request.method == "GET" or request.POST.get("sure") != "yes":
        return render(request, "demonstration/restart.html", {"acts": ActRow.objects.count()})
    with rights.reading(None):
        performance.start_over()
    request.session[stage.SESSION_ROLE] = ""
    messages.info(request, gettext("The demonstration begins anew, with a new journal."))
    return redirect("/")


def _told(request: HttpRequest, error: MeguriError) -> HttpResponse:
    said = " ".join(problem.say() for problem in error.problems)
    messages.error(
        request,
        gettext(
            "The story cannot go on from here: {why} What was played stays; start over to play it from the beginning."
        ).format(why=said),
    )
    return _back(request)
