"""What a person wants to be told by mail for the organisation they act for; and the link that ends it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from meguri.kit import words
from meguri.kit.people.identity import need_party, require_person
from meguri.kit.problems import MeguriError
from meguri.kit.web.requests.limits import limit
from meguri.portal.mailing import wishes


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """How one is told of each subject, and choosing otherwise."""
    reader = need_party(request)
    require_person(reader)
    assert reader.user is not None
    organisation = reader.organisation or ""
    error: MeguriError | None = None
    asked = wishes.of(reader.user, organisation)
    if request.method == "POST":
        asked = {subject: request.POST.get(subject, wishes.NONE) for subject in wishes.SUBJECTS}
        try:
            base = request.build_absolute_uri("/").rstrip("/")
            wishes.wish(reader.user, organisation, asked, words.active(), base)
            messages.success(request, gettext("Kept. Mail begins with what is new from now on."))
            return HttpResponseRedirect(reverse("portal:mail"))
        except MeguriError as refused:
            error = refused
    context = {
        "subjects": [{"name": name, "words": said, "how": asked[name]} for name, said in wishes.SUBJECTS.items()],
        "how": wishes.HOW.items(),
        "email": reader.user.email,
        "problems": error,
    }
    return render(request, "portal/mail.html", context, status=error.status if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@limit("mail-end", "60/h")
def end(request: HttpRequest, key: str) -> HttpResponse:
    """End one subject of mail by the link that every mail bears; nothing is ended by looking."""
    row = wishes.of_key(key)
    if request.method == "POST":
        wishes.end(row)
    answer = render(
        request, "portal/mail_end.html", {"words": wishes.SUBJECTS[row.subject], "ended": request.method == "POST"}
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
