"""From an empty database to an opened case in the browser alone: what a person has to do is counted and bounded."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest
from playwright.sync_api import Error, Page, expect

import accessible

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long sentence to begin with"
SENT = """
(form) => {
  const seen = new Set();
  let fields = 0, required = 0;
  for (const one of form.elements) {
    if (!one.name || one.disabled || ["hidden", "submit", "button"].includes(one.type)) continue;
    if (!one.checkVisibility()) continue;
    const choice = ["radio", "checkbox"].includes(one.type);
    const key = choice ? one.name : one.name + "#" + one.id;
    if (seen.has(key)) continue;
    seen.add(key);
    fields += 1;
    required += one.required ? 1 : 0;
  }
  return [fields, required];
}
"""


class Person:
    """Somebody at a browser who only sees what is shown; every page and field that they need is counted."""

    PAGE_S: ClassVar[int] = 20
    """To read a page and find what to press."""
    FIELD_S: ClassVar[int] = 15
    """To look up and write one value."""

    def __init__(self, page: Page, url: str):
        self.page, self.url = page, url
        self.pages = self.fields = self.required_fields = self.shown_fields = 0
        self.looker = accessible.Looker()
        self.unnamed: list[str] = []
        page.on("framenavigated", self._arrived)

    def _arrived(self, frame) -> None:
        if frame == self.page.main_frame and frame.url.startswith(self.url):
            self.pages += 1

    def fill(self, label: str, value: str) -> None:
        self._field(label).fill(value)
        self.fields += 1

    def select(self, label: str, value: str) -> None:
        self._field(label).select_option(value)
        self.fields += 1

    def tick(self, label: str) -> None:
        self.page.locator("main").get_by_label(re.compile(label)).first.check()
        self.fields += 1

    def _field(self, label: str):
        main = self.page.locator("main")
        return main.get_by_label(label, exact=True).or_(main.get_by_label(f"{label} (optional)", exact=True)).first

    def see(self) -> str:
        """What is shown, for a message."""
        links = self.page.locator("main").get_by_role("link").all_inner_texts()
        return f"{self.page.url}: {self.page.locator('h1').inner_text()} {links[:30]}"

    def send(self, button: str) -> None:
        """Send a form; its fields that must be filled in are counted."""
        found = self.page.locator("main").get_by_role("button", name=button, exact=True).first
        shown, required = found.evaluate(f"(button) => ({SENT})(button.form)")
        self.shown_fields += shown
        self.required_fields += required
        found.click()
        self.look()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()
        self.look()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")
        self.look()

    def look(self) -> None:
        """What came is a whole page of ours, and passes axe."""
        self.page.wait_for_load_state()
        assert self.page.locator("h1").count() == 1, self.page.url
        wrong = self.page.locator(".wrong, .error-summary").all_inner_texts()
        assert not wrong, f"{self.page.url}: {wrong}"
        assert not self.looker.faults(self.page), self.page.url

    @property
    def minutes(self) -> float:
        """About how long a person needs."""
        return (self.pages * self.PAGE_S + self.fields * self.FIELD_S) / 60


@pytest.fixture
def empty(live_server, settings):
    """A record that `meguri setup --administrator` has just prepared: no organisation, one account."""
    from meguri.journal import services as journal
    from meguri.kit.people import accounts

    settings.DEMONSTRATION = False
    journal.ensure_node()
    accounts.create_administrator("administrator", PASSWORD)
    return live_server


def sign_in(person: Person, name: str, password: str) -> None:
    person.go("/accounts/login/")
    person.fill("User name or e-mail address", name)
    person.fill("Password", password)
    person.send("Sign in")


def admit(person: Person, name: str, economy: str, *roles: str, ja: str = "") -> None:
    """From the first-run page: a name, an economy; the role of the step is ticked already."""
    person.fill("Name (English)", name)
    if ja:
        person.fill("Name (日本語)", ja)
    person.select("Economy", economy)
    for role in roles:
        person.tick(f"^{role}")
    person.send("Admit")


def site(person: Person, name: str, lat: str, lon: str, *operations: str, port: str = "") -> None:
    person.fill("Name (English)", name)
    person.fill("Latitude (°)", lat)
    person.fill("Longitude (°)", lon)
    if port:
        person.select("Port", port)
    for operation in operations:
        person.tick(rf"^{operation}\b")
    person.send("Put on record")


def licence(person: Person, kind: str, number: str, issuer: str, since: str) -> None:
    person.select("Kind", kind)
    person.fill("Number", number)
    person.select("Issued by", issuer)
    person.fill("Starts on", since)
    person.send("Put on record")


def sign_out(person: Person) -> None:
    person.go("/accounts/logout/")
    person.send("Sign out")


def test_from_an_empty_database_to_an_opened_case(empty, page: Page, console, capsys):
    from meguri.consent.models import Case

    person = Person(page, empty.url)
    try:
        begin(person)
        open_case(person)
    except Error as error:
        pytest.fail(f"{error}\n{person.see()}")
    expect(page.get_by_text("The notification is with the authority of export.")).to_be_visible()
    assert len(Case.objects.get().value.licences) == 2, "it rests on both certificates"
    with capsys.disabled():
        print(
            f"\nbegin in the browser: pages {person.pages} fields {person.fields}"
            f" required_fields {person.required_fields} (shown {person.shown_fields}),"
            f" about {person.minutes:.0f} minutes"
        )
    assert person.minutes < 30
    assert person.required_fields <= person.fields


def begin(person: Person) -> None:
    """The administrator puts everybody on record, led by the first-run page."""
    page = person.page
    sign_in(person, "administrator", PASSWORD)
    person.follow("No case can be opened yet. See what to do next")
    person.follow("Admit the competent authorities of the countries between which it moves.")
    for authority in ("vnm-mae", "jpn-moej", "jpn-meti"):
        page.locator(f"#authority-{authority}").check()
        person.fields += 1
    person.send("Admit those ticked")
    person.follow("Admit an exporter.")
    admit(person, "Hanoi Recovery", "VNM")
    person.follow("Put a facility on record")
    site(person, "Yard one", "21.03", "105.85", "R12")
    person.follow("Put another facility of it on record")
    site(person, "Yard two", "20.86", "106.68", "R13", port="VNHPH")
    person.follow("Admit an importer in another country; who recovers metals may import for itself.")
    admit(person, "Setouchi Trading", "JPN", ja="瀬戸内商事")
    person.follow("Put a licence on record")
    licence(person, "jpn-art14-importer", "14-1", "jpn-moej", "2025-04-01")
    person.follow("Admit who recovers it there, such as a smelter; an importer may do so itself.")
    admit(person, "Setouchi Smelting", "JPN", ja="瀬戸内製錬")
    person.follow("Put a facility on record")
    site(person, "Works", "34.46", "133.98", "R4", port="JPTAK")
    person.follow("Put a licence on record")
    licence(person, "jpn-art15-recycler", "15-1", "jpn-moej", "2025-04-01")
    person.follow("Admit a carrier.")
    admit(person, "Red River Lines", "VNM")
    person.follow("Give people accounts that act for these organisations.")
    person.fill("User name", "linh")
    person.select("Acts for", "organisation:hanoi-recovery")
    person.send("Make the account")
    person.password = page.locator("section code").inner_text()
    person.follow("See what to do next")
    expect(page.locator("main")).to_contain_text("Nothing: authorities, both sides")
    sign_out(person)


def open_case(person: Person) -> None:
    """One of the exporter's people asks, and notifies."""
    sign_in(person, "linh", person.password)
    person.follow("Begin with: may it move?")
    person.select("Material", "circuit-boards")
    person.select("Leaves from", "VNM")
    person.select("Goes to", "JPN")
    person.select("Importer certified in Japan (Art. 14)", "importer_certified=true")
    person.select("Recycler certified in Japan (Art. 15)", "recycler_certified=true")
    person.send("Ask")
    person.follow("Start a notification")
    person.select("Importer", "organisation:setouchi-trading")
    person.select("Facility that recovers or disposes", "setouchi-smelting-works")
    person.fill("Total quantity in kilograms", "12000")
    person.fill("What it consists of", "Sorted circuit boards of personal computers")
    person.send("Check your answers")
    person.send("Notify")
