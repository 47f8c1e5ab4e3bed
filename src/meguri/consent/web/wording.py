"""Words for what pages show of cases: parts, forms, standings, due dates and what moved them."""

from __future__ import annotations

from collections.abc import Mapping

from meguri.consent import offices, tables
from meguri.consent.movements import STATUS
from meguri.consent.procedure import Standing, Word
from meguri.consent.services import Task
from meguri.consent.states import Due, Track
from meguri.kit.web.formats import day
from meguri.kit.words import Words

CAPACITIES: Mapping[str, Words] = {
    "export": Words("Export", "輸出"),
    "import": Words("Import", "輸入"),
    "transit": Words("Transit", "通過"),
    "approval": Words("Approval", "承認"),
    "informed": Words("Informed only", "情報共有のみ"),
}
FORMS: Mapping[str, Words] = {
    "written": Words("in writing; silence is no consent", "書面（沈黙は同意とみなさない）"),
    "tacit": Words("silence consents once the clock has run out", "期間満了により黙示の同意"),
    "acknowledgement": Words("Acknowledgment of Consent", "同意確認書（AOC）"),
    "notice": Words("notice only", "通知のみ"),
}
TONES = {"waiting": "note", "open": "wait", "granted": "good", "refused": "stop", "noted": "note", "ended": "note"}
STANDINGS: Mapping[Word, tuple[str, Words]] = {
    "waiting": ("wait", Words("waits for consents", "同意待ち")),
    "clear": ("good", Words("all consents are in: it may move", "全ての同意あり（移動可）")),
    "refused": ("stop", Words("refused or withdrawn", "不同意・撤回")),
    "held": ("stop", Words("held", "保留中")),
    "retracted": ("note", Words("taken back", "取下げ")),
    "completed": ("good", Words("completed", "完了")),
}
MOVEMENTS: Mapping[str, tuple[str, Words]] = {
    word: (tone, STATUS[word])
    for word, tone in (
        ("planned", "wait"),
        ("departed", "wait"),
        ("received", "good"),
        ("recovered", "good"),
        ("returned", "stop"),
    )
}
TASKS: Mapping[str, Words] = {
    "open_movement": Words("Open a movement", "移動書類を起こす"),
    "depart": Words("Let the consignment leave", "出荷を記録する"),
    "receive": Words("Weigh and accept or refuse on arrival", "到着時に計量し、受入れ又は拒否を記録する"),
    "certify": Words("Certify recovery", "再生利用の完了を証明する"),
    "complete": Words("Complete the case", "案件を完了する"),
}
ROLES: Mapping[str, Words] = {
    "authority": Words("the authority", "当局"),
    "exporter": Words("the exporter", "輸出者"),
    "importer": Words("the importer", "輸入者"),
    "operator": Words("the facility", "施設"),
    "clock": Words("the clock", "時計（期間満了）"),
}


def state_of(track: Track) -> Words:
    """The name of a track's state."""
    return tables.states()[track.state].words


def authority(slug: str) -> Words:
    """The short name of an authority."""
    return offices.name(slug)


def standing(found: Standing) -> tuple[str, Words]:
    """Tone and words of a case's standing; a wait names whose consents are missing."""
    tone, words = STANDINGS[found.word]
    if found.word == "waiting" and found.missing:
        names = [authority(track.authority) for track in found.missing]
        en = ", ".join(name.en for name in names)
        ja = "、".join(name.ja or name.en for name in names)
        return tone, Words(f"waits for {en}", f"{ja}の同意待ち")
    return tone, words


def due_day(due: Due) -> Words:
    """The last day, with its weekday."""
    return Words(day(due.due_on, "en"), day(due.due_on, "ja"))


def moved(due: Due) -> Words:
    """What made it move: ``4 days later because of …``; empty where nothing did."""
    days = (due.due_on - due.counted_on).days
    if due.day_kind == "working" or not days:
        return Words("", "")
    en = ", ".join(dict.fromkeys(item.en for item in due.moved_by))
    ja = "・".join(dict.fromkeys(item.ja or item.en for item in due.moved_by))
    unit = "day" if days == 1 else "days"
    return Words(f"{days} {unit} later because of {en}", f"{ja}のため{days}日後ろ")


def rule(due: Due) -> Words:
    """How it was counted, and whether the law or only a target says so."""
    kind = {
        "calendar": Words("days", "日"),
        "working": Words("working days", "就業日"),
        "calendar_before": Words("days before departure", "日（出荷前）"),
    }.get(due.day_kind, Words("days", "日"))
    if not due.legal:
        return Words(
            f"no legal limit; service target of {due.days} {kind.en}, assumed",
            f"法定の期限なし。目安{due.days}{kind.ja}（仮定）",
        )
    return Words(f"{due.days} {kind.en}", f"{due.days}{kind.ja}")


def task(item: Task) -> Words:
    """What waits: the first step open on a track and how many others are, or what a movement needs."""
    if item.what:
        return TASKS[item.what]
    first = tables.transitions()[item.offers[0].row.transition].words
    others = len(item.offers) - 1
    if not others:
        return first
    steps = "step" if others == 1 else "steps"
    return Words(f"{first.en} (or {others} other {steps})", f"{first.ja}（ほか{others}件の選択肢）")


def nothing(due: Due | None) -> Words:
    """What happens if nothing is done."""
    if due is None:
        return Words("No clock runs; the case waits.", "期限はなく、案件は止まったままです。")
    return Words(due.if_nothing_en, due.if_nothing_ja)
