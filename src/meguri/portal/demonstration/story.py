# ruff: noqa: E501 - one step a line reads as the table it is
"""The story's steps, in order. What happens in each is in `yards`, `crossing` and `metal`."""

from __future__ import annotations

from functools import partial

from meguri.kit.words import Words
from meguri.portal.demonstration import asking, crossing, metal, yards
from meguri.portal.demonstration.crossing import take
from meguri.portal.demonstration.telling import Step, Telling, Told


def _ask(telling: Telling) -> Told:
    answers = [asked.answer() for asked in asking.questions()]
    telling.keep(verdicts=answers)
    said = "; ".join(f"{answer['case_id']} {answer['verdict']}" for answer in answers)
    return Told(f"/may-it-move?{asking.questions()[0].query}", Words(said, said))


STEPS: tuple[Step, ...] = (
    Step("ask", "anyone", Words("Anyone asks: may it move?", "誰でも尋ねられます: 動かせますか"), "collected", _ask),
    Step("collect-penang", "penang", Words("The Penang yard takes in equipment.", "ペナンのヤードが機器を受け入れます。"), "collected", partial(yards.collect, "penang")),
    Step("collect-selangor", "selangor", Words("The Selangor yard takes in equipment.", "スランゴールのヤードが機器を受け入れます。"), "collected", partial(yards.collect, "selangor")),
    Step("dismantle-penang", "penang", Words("The Penang yard dismantles.", "ペナンのヤードが解体します。"), "dismantled", partial(yards.dismantle, "penang")),
    Step("dismantle-selangor", "selangor", Words("The Selangor yard dismantles.", "スランゴールのヤードが解体します。"), "dismantled", partial(yards.dismantle, "selangor")),
    Step("sell", "penang", Words("Both yards send their boards to the exporter.", "両ヤードが基板屑を輸出者へ送ります。"), "sold", yards.sell),
    Step("buy", "exporter", Words("The exporter weighs and takes the boards.", "輸出者が計量して受け取ります。"), "sold", yards.buy),
    Step("blend", "exporter", Words("The exporter blends the boards.", "輸出者が混合します。"), "sold", yards.blend),
    Step("pack", "exporter", Words("The exporter packs the blend in bags.", "輸出者が袋に詰めます。"), "sold", yards.pack),
    Step("notify", "exporter", Words("The exporter notifies; the case opens with its tracks.", "輸出者が通告し、当局ごとの手続が開きます。"), "notified", crossing.notify),
    Step("check", "doe", Words("Malaysia's DOE checks the notification.", "マレーシアDOEが通告を点検します。"), "checked", take("doe", "check")),
    Step("transmit", "doe", Words("DOE transmits it; only now does Japan see it.", "DOEが送付し、日本側が初めて閲覧できます。"), "transmitted", take("doe", "transmit")),
    Step("acknowledge", "moej", Words("Japan's Ministry of the Environment acknowledges.", "環境省が受領を確認します。"), "acknowledged", take("moej", "acknowledge")),
    Step("others", "meti", Words("METI and any other authority take their steps.", "経済産業省その他の当局が手続を進めます。"), "acknowledged", crossing.others),
    Step("export-consent", "doe", Words("DOE consents in writing.", "DOEが書面で同意します。"), "export_consent", take("doe", "consent")),
    Step("too-early", "exporter", Words("The exporter tries to move too early.", "輸出者が早まって動かそうとします。"), "export_consent", crossing.too_early),
    Step("import-consent", "moej", Words("The Ministry of the Environment consents.", "環境省が同意します。"), "import_consent", crossing.import_consent),
    Step("open-movement", "exporter", Words("The exporter opens the movement with its document.", "輸出者が移動書類を起こします。"), "departed", crossing.open_movement),
    Step("depart", "carrier", Words("The carrier leaves with the consignment.", "運搬者が出発します。"), "departed", crossing.depart),
    Step("checkpoint", "auditor", Words("An auditor keeps a checkpoint of the journal.", "監査人が記録の控えを取ります。"), "departed", crossing.keep_checkpoint),
    Step("receive", "smelter", Words("The smelter weighs, takes all but what it refuses.", "製錬所が計量し、拒否分を除いて受け入れます。"), "received", crossing.receive),
    Step("smelt", "smelter", Words("The smelter melts the lot into metals, slag and loss.", "製錬所が金属・スラグ・損失に分けます。"), "smelted", metal.smelt),
    Step("certify", "smelter", Words("The smelter certifies recovery.", "製錬所が再生を証明します。"), "certified", metal.certify),
    Step("complete", "exporter", Words("The case completes.", "案件が完了します。"), "certified", metal.complete),
    Step("american", "us-exporter", Words("The same code opens the American tracks.", "同じ仕組みが米国の手続を開きます。"), "certified", crossing.american),
    Step("follow", "anyone", Words("Anyone with the link follows the gold back to both yards.", "リンクを持つ人は誰でも、金を両ヤードまで遡れます。"), "certified", metal.follow),
    Step("audit", "auditor", Words("The auditor verifies the journal against the checkpoint.", "監査人が控えと照合して記録を検証します。"), "certified", metal.audit),
)  # fmt: skip
