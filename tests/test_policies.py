"""Every address has a rule, and answers as it says: to nobody, to another party, and to each role of a person.

The addresses are those of `meguri routes --json`; what a need means for whom stands here once more, by itself. Each
address is asked by `OF_PERSONS` of those in `MAY`, others in turn (`dealing`); with `--whole` by all of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

import many
from meguri.kit.models import Membership, User
from meguri.kit.people import policy
from meguri.kit.people.duties import RIGHTS, duties
from meguri.kit.people.policy import AccessRule, Need, Policy
from meguri.kit.work import jobs
from meguri.portal import rooms
from meguri.portal.cli import main
from meguri.portal.routes import routes
from tests_support import use_clock

pytestmark = [pytest.mark.django_db, pytest.mark.writes_outside]

MAY = {
    "nobody": "",
    "another party": "open anyone signed-in read road say road-say keep administer oversee",
    "reader": "open anyone signed-in read road",
    "preparer": "open anyone signed-in read road say road-say keep",
    "signatory": "open anyone signed-in read road say road-say keep",
    "administrator of it": "open anyone signed-in read road administer oversee",
    "driver": "open anyone signed-in road road-say",
    "without organisation": "open anyone signed-in",
    "ended member": "open anyone signed-in",
    "administrator": "open anyone signed-in keep administrator oversee",
}
"""What each of these may; all else is refused. Nobody may what is open."""
HELD = {
    "another party": ["administer", "sign"],
    "reader": ["read"],
    "preparer": ["prepare"],
    "signatory": ["sign"],
    "administrator of it": ["administer"],
    "driver": ["driver"],
}
OF_PERSONS = 3
OWN = {"/cases/<case>", "/movements/<movement>", "/lots/<id>", "/api/cases/<case>"}
"""What is a party's own: asked by all persons, in every run."""
REFUSED = {401, 403, 404}
SLOW = ("/plan/", "/law/", "/what-will-come", "/worth/", "/facts/", "/api/law", "/api/plans", "/api/arisings")
"""Open to all, and dear: what they answer is looked at elsewhere, so one of two persons asks."""


def allowed(who: str, need: Need) -> bool:
    word = need.value.replace(" ", "-")
    return word in ("open", "anyone") or word in MAY[who].split()


@dataclass
class World:
    """A played story; who reads; what stands in the addresses' parameters, and marks of what is not everybody's."""

    known: dict[str, str]
    party: str
    people: dict[str, User]
    marks: tuple[str, ...]

    def client(self, who: str) -> Client:
        client = Client(raise_request_exception=False)
        if who in self.people:
            client.force_login(self.people[who], backend="django.contrib.auth.backends.ModelBackend")
        return client


@pytest.fixture
def world(settings, monkeypatch, tmp_path):
    from datetime import UTC, datetime

    from meguri.journal.models import ActRow
    from meguri.journal.projections import relations
    from meguri.registry.models import Organisation

    many.stages()
    settings.DATA = tmp_path
    settings.DEMONSTRATION = False
    monkeypatch.setattr(jobs, "spawn", lambda identifier: None)
    seen = {
        one: [relations.newest(one, prefix, 1) for prefix in ("case", "lot", "movement")]
        for one in sorted(f"organisation:{row.id}" for row in Organisation.objects.all())
    }
    party, found = next((one, newest) for one, newest in seen.items() if all(newest))
    case, lot, movement = (newest[0][0].partition("@")[0] for newest in found)
    people = {}
    for who in MAY:
        if who == "nobody":
            continue
        make = User.objects.create_superuser if who == "administrator" else User.objects.create_user
        people[who] = make(username=who.replace(" ", "-"), password="x" * 20)
        if who in HELD:
            whose = "organisation:stranger" if who == "another party" else party
            Membership.objects.create(user=people[who], organisation=whose, duties=HELD[who])
    Membership.objects.create(user=people["ended member"], organisation=party, until=datetime(2020, 1, 1, tzinfo=UTC))
    act = ActRow.objects.filter(kind="consent.notify").order_by("number").last()
    known = {
        "case": case,
        "movement": movement,
        "lot": lot,
        "act": act.act_id,
        "organisation": party.partition(":")[2],
    }
    yield World(known, party, people, (lot, case, movement))
    use_clock(None)


def address(path: str, rule: AccessRule, known: dict[str, str]) -> str:
    """A path with what is on record in the place of the subject that the rule names."""
    kind, _, parameter = rule.of.partition(":")
    if parameter and kind in known:
        path = path.replace(parameter, known[kind])
    if path.startswith("/organisations/"):
        path = path.replace("<id>", known["organisation"])
    path = re.sub(r"<(pk|member|session|invitation|draft)>", "1", path)
    return re.sub(r"<\w+>", "x", path)


def refused(answer) -> bool:
    sign_in = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/")
    return sign_in or answer.status_code in REFUSED


def rule_of(route) -> AccessRule:
    found = policy.rule(route.name, route.path.removeprefix("/"))
    assert found is not None, route.path
    return found


def test_every_address_has_a_rule_and_every_rule_an_address():
    found = routes()
    assert [one.path for one in found if not one.policy] == []
    # Pages of tests have names of their own.
    assert {name for name in policy.names() if not name.startswith("showcase")} == {one.name for one in found}
    assert len(found) > 130


def test_each_room_with_addresses_has_one_policy_of_its_own():
    seen: dict[str, str] = {}
    for room in rooms.every():
        assert bool(room.policy) == bool(room.pages or room.endpoints), room.name
        if not room.policy:
            continue
        declared: Policy = room.module(room.policy).POLICY
        assert declared.room == room.name
        for name in declared:
            assert name not in seen, f"{name} is ruled by {seen[name]} and {room.name}"
            seen[name] = room.name


def test_what_needs_mean_is_said_for_each_of_them():
    words = {need.value.replace(" ", "-") for need in Need}
    assert words == set(" ".join(MAY.values()).split()) | {"holder"}
    assert {right for duty in duties().values() for right in duty.may} == set(RIGHTS)


def test_the_command_prints_every_address(capsys):
    assert main(["routes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [set(one) for one in told] == [{"path", "methods", "policy", "public"}] * len(told)
    by_path = {one["path"]: one for one in told}
    assert by_path["/cases/<case>"] == {
        "path": "/cases/<case>",
        "methods": ["GET"],
        "policy": "read: read, of case:<case>",
        "public": False,
    }
    assert by_path["/may-it-move"]["public"] is True
    assert main(["routes"]) == 0


def test_an_address_without_a_rule_is_open_to_nobody(world, monkeypatch):
    rules = dict(policy._rules)
    del rules["custody:balance"]
    monkeypatch.setattr(policy, "_rules", rules)
    for who in MAY:
        assert world.client(who).get("/balance").status_code == 403


def askers(deal, persons, count):
    """Who asks each address of this pass; of the persons, none is left out everywhere."""
    own = [route.path for route in routes() if deal.mine(route.path) or route.path in OWN]
    found = {}
    for turn, path in enumerate(own):
        open_to_all = path.startswith(SLOW)
        found[path] = set(deal.some(("nobody", "reader"), 1, turn) if open_to_all else deal.some(persons, count, turn))
    found |= {path: set(persons) for path in OWN}
    assert {who for asking in found.values() for who in asking} >= set(persons)
    return found


def walked(world, who, method, asking):
    """Each address that somebody asks, with its rule and what it answered, by one method."""
    client = world.client(who)
    for route in routes():
        if who not in asking.get(route.path, ()):
            continue
        rule = rule_of(route)
        at = address(route.path, rule, world.known)
        cache.clear()
        answer = client.get(at) if method == "GET" else client.post(at, {})
        if answer.streaming:
            b"".join(answer.streaming_content)
        if route.path.startswith("/accounts/log") and method == "POST":
            client = world.client(who)
        yield route, rule, answer


def judged(rule: AccessRule, route, who: str, method: str, status: int, shut: bool) -> str:
    """What is wrong with an answer; empty where it is as the policy says."""
    need = rule.need(method)
    if status >= 500 and route.path != "/readyz":
        return "broken"
    if need is Need.HOLDER:
        # Without what it takes there is nothing: no such link, work or token; an act without its signature.
        return "open without its secret" if status == 200 else ""
    if not allowed(who, need):
        return "" if shut else "open to who may not"
    if method not in route.methods:
        return "" if status == 405 else "takes a method that the policy does not know"
    if rule.of and need is not Need.ANYONE and who == "another party":
        return "" if shut else "another's is shown"
    if rule.of and need is not Need.ANYONE:
        # One of the party's own: it opens, or says that this is not open now, or is another party's step.
        return "closed to who may" if status == 401 or (status == 403 and method == "GET") else ""
    # That another service did not sign somebody in is a page of its own.
    return "closed to who may" if status in (401, 403) and route.name != "socialaccount_login_error" else ""


@pytest.mark.both
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_answers_as_its_policy_says(world, method, deal):
    wrong, opened = [], {who: set() for who in MAY}
    asking = askers(deal, MAY, OF_PERSONS)
    for who in MAY:
        for route, rule, answer in walked(world, who, method, asking):
            if found := judged(rule, route, who, method, answer.status_code, refused(answer)):
                wrong.append((found, who, route.path, rule.words, answer.status_code))
            if answer.status_code == 200:
                opened[who].add(route.path)
    assert "\n".join(map(str, wrong)) == ""
    if method == "GET":
        for who in ("reader", "preparer", "signatory", "administrator of it"):
            assert opened[who] >= OWN, who
        assert OWN & opened["driver"] == {"/movements/<movement>"}
        assert not OWN & (opened["nobody"] | opened["another party"] | opened["ended member"] | opened["administrator"])


@pytest.mark.both
def test_nothing_of_a_party_stands_on_what_others_are_shown(world, deal):
    """Neither its cases, nor its lots and movements, on any address that does not name them."""
    found, seen = [], 0
    others = ("nobody", "another party", "without organisation", "ended member", "administrator")
    asking = {path: {"reader", *persons} for path, persons in askers(deal, others, OF_PERSONS - 1).items()}
    for who in ("reader", *others):
        for route, rule, answer in walked(world, who, "GET", asking):
            if answer.status_code == 200 and not answer.streaming:
                text = answer.content.decode(errors="replace")
                named = address(route.path, rule, world.known)
                stands = [(who, route.path, mark) for mark in world.marks if mark in text and mark not in named]
                seen += len(stands) if who == "reader" else 0
                found += stands if who != "reader" else []
    assert found == []
    assert seen > (0 if deal.shared else 3)


def test_a_driver_sees_on_open_pages_what_everybody_sees(world):
    for at in ("/journal/", "/balance", f"/journal/acts/{world.known['act']}"):
        reader, driver, nobody = (world.client(who).get(at) for who in ("reader", "driver", "nobody"))
        assert driver.status_code == nobody.status_code, at
        for mark in world.marks:
            assert (mark in driver.content.decode()) == (mark in nobody.content.decode()), at
        assert reader.status_code == 200


def test_a_role_of_the_demonstration_looks_after_nobody(settings):
    """Whoever visits it plays roles, and sends no invitations in their name."""
    from meguri.demonstration import cast
    from meguri.demonstration.web.middleware import reader

    for member in cast.members():
        played = reader(member)
        assert played.says
        assert not played.keeps_people
