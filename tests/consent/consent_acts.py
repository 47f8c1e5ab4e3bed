"""Every kind of act on a case as the record takes it, with what goes before it."""

from __future__ import annotations

from datetime import date

from consent_cast import (
    CASE,
    CERTIFIED,
    CLOCK,
    DOE,
    DOE_EXPORT,
    EXPORTER,
    IMPORTER,
    MOEJ,
    ROOMS,
    case,
    drafted,
    need,
    notify,
    on,
    rest_on,
    step,
    take_in,
    to_consent,
    waiting,
)
from msgspec.structs import replace

from meguri.consent import acts
from meguri.registry.states import LicenceState
from memory_record import Told

DOSSIER, ACCOUNT = f"case:{CASE}", f"account:{CASE}"
MY, JP = "mys-doe.export", "jpn-moej.import"
KOREA, SILENT = "organisation:kor-me", "kor-me.import"


def notified(record):
    notify(record, *CERTIFIED, licences=("L14",))


def asked(record):
    notified(record)
    step(record, DOE, MY, "ask", on("2025-10-06"))


def held(record):
    to_consent(record)
    hold = acts.PutHold(case=CASE, track=MY, hold="H1", reason="Prohibition announced")
    record.say(DOE, "consent.hold", hold, on("2025-11-11"), ROOMS)


def moved(record):
    to_consent(record)
    record.states[ACCOUNT] = replace(record.states[ACCOUNT], left=1)


def sent_on(record):
    notified(record)
    step(record, DOE, MY, "check", on("2025-10-06"))
    step(record, DOE, MY, "transmit", on("2025-10-08"), take=False)


def silent(record):
    """Korea has acknowledged, and its time to object is over."""
    record.states[KOREA] = record.states[MOEJ]
    tacit = need("kor-me", "KOR", "import", "tacit", "OECD/AMBER_CASE1", 30, "calendar")
    notify(record, DOE_EXPORT, tacit)
    step(record, DOE, MY, "check", on("2025-10-06"))
    step(record, DOE, MY, "transmit", on("2025-10-08"))
    step(record, KOREA, SILENT, "acknowledge", on("2025-10-14"))
    record.now = on("2025-12-01")


def lapse(record):
    end = case(record).track(SILENT).due().due_at
    body = drafted(record, CLOCK, SILENT, "lapse", end)
    return record.say(CLOCK, "consent.lapse", body, record.now, ROOMS, legal=end)


def take_in_transmission(record):
    act, subject = next(pair for pair in waiting(record) if pair[1] == f"track:{CASE}/{JP}")
    return take_in(record, act, subject, on("2025-10-20"))


def say(record, actor, kind, body, day):
    return record.say(actor, f"consent.{kind}", body, on(day), ROOMS)


ACTS = {
    "notify": (lambda record: None, lambda record: notify(record, *CERTIFIED, licences=("L14",), take=False)),
    "rest": (
        notified,
        lambda record: say(record, EXPORTER, "rest", rest_on(record, "L15"), "2025-10-06"),
    ),
    "guarantee": (
        notified,
        lambda record: say(
            record,
            EXPORTER,
            "guarantee",
            acts.FileGuarantee(
                case=CASE,
                guarantee="G1",
                issuer="A bank",
                amount="MYR 1",
                valid_from=date(2025, 10, 1),
                valid_until=date(2026, 9, 30),
                reference="No. 7",
            ),
            "2025-10-06",
        ),
    ),
    "take_in": (sent_on, take_in_transmission),
    "step": (notified, lambda record: step(record, DOE, MY, "ask", on("2025-10-06"), take=False)),
    "lapse": (silent, lapse),
    "reply": (asked, lambda record: step(record, EXPORTER, MY, "answer", on("2025-10-07"), take=False)),
    "hold": (
        to_consent,
        lambda record: say(
            record, DOE, "hold", acts.PutHold(case=CASE, track=MY, hold="H1", reason="A ban"), "2025-11-11"
        ),
    ),
    "release": (
        held,
        lambda record: say(record, DOE, "release", acts.ReleaseHold(case=CASE, track=MY, hold="H1"), "2025-11-12"),
    ),
    "retract": (notified, lambda record: step(record, EXPORTER, MY, "retract", on("2025-10-02"), take=False)),
    "complete": (
        moved,
        lambda record: say(record, EXPORTER, "complete", acts.Complete(case=CASE), "2025-12-22"),
    ),
}
BY_PEOPLE = sorted(set(ACTS) - {"take_in", "lapse"})
ON_A_CASE = sorted(set(BY_PEOPLE) - {"notify"})


def told(record, name):
    """One of the acts, for a record that knows a second licence of the importer."""
    fifteen = LicenceState(holder=IMPORTER, kind="jpn-art14-importer", number="2", since=on("2024-01-01"))
    record.states["licence:L15"] = fifteen
    return Told(record, *ACTS[name], ROOMS)
