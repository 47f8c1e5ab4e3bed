# ruff: noqa: E501 - one step a line reads as the table it is
"""The story's steps, in order. What happens in each is in `yards`, `crossing` and `metal`."""

from __future__ import annotations

from functools import partial

from meguri.demonstration import asking, crossing, metal, yards
from meguri.demonstration.crossing import take
from meguri.demonstration.telling import Step, Telling, Told
from meguri.kit.words import Words


def _ask(telling: Telling) -> Told:
    answers = [asked.answer() for asked in asking.questions()]
    telling.keep(verdicts=answers)
    said = "; ".join(f"{answer['case_id']} {answer['verdict']}" for answer in answers)
    return Told(f"/may-it-move?{asking.questions()[0].query}", Words(said, said))


STEPS: tuple[Step, ...] = (
    Step("ask", "anyone", Words("Anyone asks: may it move?"), "collected", _ask),
    Step("collect-penang", "penang", Words("The Penang yard takes in equipment."), "collected", partial(yards.collect, "penang")),
    Step("collect-selangor", "selangor", Words("The Selangor yard takes in equipment."), "collected", partial(yards.collect, "selangor")),
    Step("dismantle-penang", "penang", Words("The Penang yard dismantles."), "dismantled", partial(yards.dismantle, "penang")),
    Step("dismantle-selangor", "selangor", Words("The Selangor yard dismantles."), "dismantled", partial(yards.dismantle, "selangor")),
    Step("sell", "penang", Words("Both yards send their boards to the exporter."), "sold", yards.sell),
    Step("buy", "exporter", Words("The exporter weighs and takes the boards."), "sold", yards.buy),
    Step("blend", "exporter", Words("The exporter blends the boards."), "sold", yards.blend),
    Step("pack", "exporter", Words("The exporter packs the blend in bags."), "sold", yards.pack),
    Step("notify", "exporter", Words("The exporter notifies; the case opens with its tracks."), "notified", crossing.notify),
    Step("check", "doe", Words("Malaysia's DOE checks the notification."), "checked", take("doe", "check")),
    Step("transmit", "doe", Words("DOE transmits it; only now does Japan see it."), "transmitted", take("doe", "transmit")),
    Step("acknowledge", "moej", Words("Japan's Ministry of the Environment acknowledges."), "acknowledged", take("moej", "acknowledge")),
    Step("others", "meti", Words("METI and any other authority take their steps."), "acknowledged", crossing.others),
    Step("export-consent", "doe", Words("DOE consents in writing."), "export_consent", take("doe", "consent")),
    Step("too-early", "exporter", Words("The exporter tries to move too early."), "export_consent", crossing.too_early),
    Step("import-consent", "moej", Words("The Ministry of the Environment consents."), "import_consent", crossing.import_consent),
    Step("open-movement", "exporter", Words("The exporter opens the movement with its document."), "departed", crossing.open_movement),
    Step("depart", "carrier", Words("The carrier leaves with the consignment."), "departed", crossing.depart),
    Step("checkpoint", "auditor", Words("An auditor keeps a checkpoint of the journal."), "departed", crossing.keep_checkpoint),
    Step("receive", "smelter", Words("The smelter weighs, takes all but what it refuses."), "received", crossing.receive),
    Step("smelt", "smelter", Words("The smelter melts the lot into metals, slag and loss."), "smelted", metal.smelt),
    Step("certify", "smelter", Words("The smelter certifies recovery."), "certified", metal.certify),
    Step("complete", "exporter", Words("The case completes."), "certified", metal.complete),
    Step("american", "us-exporter", Words("The same code opens the American tracks."), "certified", crossing.american),
    Step("follow", "anyone", Words("Anyone with the link follows the gold back to both yards."), "certified", metal.follow),
    Step("audit", "auditor", Words("The auditor verifies the journal against the checkpoint."), "certified", metal.audit),
)  # fmt: skip
