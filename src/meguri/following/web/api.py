"""What was told, for systems."""

# No postponed annotations here: the API reads them through the rate limit's wrapper, which knows other names.
import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from meguri.following import services, wording
from meguri.following.models import LawAlert
from meguri.kit import clock
from meguri.kit.problems import N_, refuse
from meguri.kit.web.requests.arguments import require_known
from meguri.kit.web.requests.covering import caller_party
from meguri.kit.web.requests.describing import answers
from meguri.kit.web.requests.limits import limit
from meguri.law.across.alerts import ChangedAnswer

router = Router()
MOST = 200


class AskedAlerts(Schema):
    """Where a page begins, and how long it may be."""

    after: str = Field("", max_length=20, description="the cursor “next” of the page before; nothing to begin")
    limit: int = Field(50, ge=1, le=MOST, description=f"lines at most, up to {MOST}")


class AlertLine(msgspec.Struct, frozen=True):
    """What became another: `kind` is pack, dated, coming or draft; `on` the day from which; `changes` the first of
    `count`; `before` and `after` the digests of the packs; `words` a sentence in the caller's language.
    """

    number: int
    kind: str
    on: str
    made: str
    followed: str
    title: str
    words: str
    before: str
    after: str
    draft: str
    count: int
    changes: list[ChangedAnswer]
    href: str


class AlertsPage(msgspec.Struct, frozen=True):
    """Alerts in order of number; `next` is the cursor for the next question, `more` says that there is more."""

    items: list[AlertLine]
    next: str
    more: bool


TOLD = {
    "items": [
        {
            "number": 12,
            "kind": "dated",
            "on": "2027-05-21",
            "made": "2027-05-21T00:00:10Z",
            "followed": "lane",
            "title": "Copper granules · Germany→Viet Nam · R4",
            "words": "Copper granules · Germany→Viet Nam · R4: from 2027-05-21 Prohibited (…)",
            "before": "9f86d081884c7d65",
            "after": "9f86d081884c7d65",
            "draft": "",
            "count": 1,
            "changes": [
                {
                    "question": {"stream": "copper-granules", "origin": "DEU", "destination": "VNM", "operation": "R4"},
                    "before": {
                        "verdict": "allowed_green",
                        "status": "decided",
                        "procedures": ["EU_WSR/GREEN_ART18"],
                        "consents": [],
                        "papers": ["eu-annex-vii", "contract"],
                        "grounds": ["basel.green"],
                    },
                    "after": {
                        "verdict": "prohibited",
                        "status": "decided_under_assumption",
                        "procedures": [],
                        "consents": [],
                        "papers": [],
                        "grounds": ["eu.export.unlisted-country"],
                    },
                    "because": [
                        {
                            "rule": "eu.export.unlisted-country",
                            "citation": "Reg. (EU) 2024/1157 (WSR) Art 40-41",
                            "source": "WSR text",
                            "since": "2027-05-21",
                            "begins": True,
                        }
                    ],
                }
            ],
            "href": "/following/alerts/12",
        }
    ],
    "next": "12",
    "more": False,
}


def line(row: LawAlert) -> AlertLine:
    """An alert as systems read it."""
    return AlertLine(
        row.pk,
        row.kind,
        row.on,
        clock.stamp(row.made),
        row.watched.kind,
        wording.title(row.watched).say(),
        wording.line(row).say(),
        row.before,
        row.after,
        row.draft,
        row.count,
        msgspec.convert(row.changes, list[ChangedAnswer]),
        f"/following/alerts/{row.pk}",
    )


@router.get(
    "/alerts",
    summary="What the law changes of what is followed, in order",
    operation_id="alerts",
    openapi_extra=answers(AlertsPage, example=TOLD),
)
@limit("alerts", "600/m")
def alerts(request: HttpRequest, asked: Query[AskedAlerts]) -> HttpResponse:
    """Alerts after a cursor on what the caller's organisation follows: what was, what is, from when, because of which
    text. Ask again with `next`, also where nothing new was there.
    """
    reader = caller_party(request)
    require_known(request, AskedAlerts.model_fields)
    if asked.after and not (asked.after.isascii() and asked.after.isdecimal()):
        raise refuse(N_("“{cursor}” is no cursor of this list."), "/after", "cursor", cursor=asked.after)
    first = min(int(asked.after or 0), 2**62)
    rows = list(services.alerts_of(reader).filter(pk__gt=first).order_by("pk")[: asked.limit + 1])
    items = [line(row) for row in rows[: asked.limit]]
    page = AlertsPage(items, str(items[-1].number if items else first), len(rows) > asked.limit)
    return HttpResponse(msgspec.json.encode(page), content_type="application/json")
