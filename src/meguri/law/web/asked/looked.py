"""The page of when each rule was last looked up: what is overdue first, then by the lanes that rest on it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meguri.kit import clock
from meguri.kit.problems import N_, NotFound, Problem
from meguri.kit.web.requests.limits import limit
from meguri.kit.words import Words
from meguri.law.body import checks
from meguri.law.body.packs import Law
from meguri.law.citing import citation
from meguri.law.upkeep import watching
from meguri.law.web.form_and_answer import level

MOST = 80
"""Rules that are listed where no pack is named."""
FOUND = {
    "": Words("read with the whole law"),
    "same": Words("the text says the same"),
    "changed": Words("the text says something else"),
    "gone": Words("no longer in force"),
    "unclear": Words("could not be told"),
}


@require_safe
@limit("law-checked", "60/m")
def page(request: HttpRequest) -> HttpResponse:
    """Rules by age and by lane weight; of one pack where the address names it."""
    packs = sorted({rule.pack for rule in Law.load().rules})
    pack = request.GET.get("pack", "")
    if pack and pack not in packs:
        raise NotFound(Problem(N_("There is no pack {pack} on file."), "/pack", "pack", {"pack": pack[:40]}))
    listed = watching.by_age(clock.today(), packs=(pack,) if pack else ())
    context = {
        "rows": [
            {
                "line": one,
                "rule": checks.base(one.item.id),
                "citation": citation(one.item.citation),
                "level": level(one.item.evidence),
                "found": FOUND[one.found],
            }
            for one in (listed if pack else listed[:MOST])
        ],
        "count": len(listed),
        "overdue": sum(one.overdue for one in listed),
        "packs": packs,
        "pack": pack,
        "days": checks.OLD_DAYS,
        "lanes": len(watching.lanes(clock.today())),
    }
    return render(request, "law/checked.html", context)
