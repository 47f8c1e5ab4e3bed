"""What crosses a border without a movement: only what the law, asked for the lot as it is, lets go freely."""

from __future__ import annotations

from meguri import law
from meguri.consent.case.notification import check_law
from meguri.custody import acts
from meguri.custody.guards.store import lot
from meguri.custody.substance import crossing, vocabulary
from meguri.custody.vocabulary import stream_words
from meguri.journal.act import Act, Instants
from meguri.journal.kinds import guard
from meguri.journal.world import World
from meguri.kit.problems import N_, Problem, Refused, refuse
from meguri.kit.words import Words, listed
from meguri.movement import course
from meguri.movement.guards.legal_basis import OF_VERDICT
from meguri.registry.states import OrganisationState


@guard("custody.dispatch")
def crosses_as_the_law_lets_it(world: World, act: Act, body: acts.Dispatch, at: Instants) -> None:
    """Over a border a dispatch carries today's verdict on its lots, which asks for no consent and is decided."""
    receiver = world.get(body.to, OrganisationState) if body.to.startswith("organisation:") else None
    if receiver is None or not body.lots:
        return
    states = [lot(world, part.lot, f"/body/lots/{index}/lot") for index, part in enumerate(body.lots)]
    if receiver.economy == body.economy:
        if body.verdict is not None or body.number:
            raise refuse(N_("Nothing crosses a border here: leave verdict and number out."), "/body/verdict", "verdict")
        return
    streams = sorted({state.stream for state in states})
    kinds = {vocabulary.asked_as(stream) for stream in streams}
    words = listed(stream_words(stream) for stream in streams)
    if len(kinds) > 1:
        raise refuse(
            N_("These lots are of several materials ({streams}), and the law is asked for each: send them apart."),
            "/body/lots",
            "streams",
            streams=words,
        )
    if kinds == {""}:
        raise refuse(
            N_(
                "The law on file has no word for {streams}, so nobody can say that it may leave {economy} without a "
                "consent. Notify it as the waste that it is, and plan a movement."
            ),
            "/body/to",
            "border",
            streams=words,
            economy=body.economy,
        )
    for index, state in enumerate(states):
        if any(one.why == "no-assay" for one in state.findings):
            raise refuse(
                N_("Lot {lot} is called {stream} and nobody has assayed it. Have it assayed before it leaves."),
                f"/body/lots/{index}/lot",
                "no-assay",
                lot=body.lots[index].lot,
                stream=stream_words(state.stream),
            )
    _lets_go(body, kinds.pop(), receiver, at, words)


def _lets_go(body: acts.Dispatch, asked: str, receiver: OrganisationState, at: Instants, words: Words) -> None:
    given = body.verdict
    if given is None:
        raise refuse(
            N_("{name} is in {to}: a dispatch over a border carries the verdict that lets {streams} leave {economy}."),
            "/body/to",
            "border",
            name=receiver.name,
            to=receiver.economy,
            streams=words,
            economy=body.economy,
        )
    question = given.question
    day = course.local_day(body.economy, at.recorded)
    right = law.decision(law.verdict(crossing.question(asked, body.economy, receiver.economy, day.isoformat())))
    told = (question.stream, question.origin, question.destination, question.operation, question.facts, question.codes)
    mine = right.question
    if told != (mine.stream, mine.origin, mine.destination, mine.operation, mine.facts, mine.codes) or question.via:
        raise refuse(
            N_("The verdict is about another movement. Ask for {stream} from {origin} to {to}, with nothing added."),
            "/body/verdict",
            "verdict",
            stream=asked,
            origin=body.economy,
            to=receiver.economy,
        )
    check_law(given, day, day)
    able = OF_VERDICT.get(right.verdict, ("consent",))
    if able[0] == "consent" or right.status != "decided":
        raise Refused(
            Problem(
                N_("{streams}, from {economy} to {name} in {to}: {verdict} ({status})."),
                "/body/to",
                "border",
                {
                    "name": receiver.name,
                    "streams": words,
                    "economy": body.economy,
                    "to": receiver.economy,
                    "verdict": law.VERDICT_WORDS[right.verdict],
                    "status": law.STATUS_WORDS[right.status],
                },
            ),
            Problem(
                N_("This leaves {economy} only in a movement: notify a case, or plan one on a verdict of its own."),
                "/body/to",
                "remedy",
                {"economy": body.economy},
            ),
        )
    if able[0] in ("annex_vii", "declaration") and not body.number.strip():
        raise refuse(
            N_("{verdict}: write the number of the document that goes with it."),
            "/body/number",
            "required",
            verdict=law.VERDICT_WORDS[right.verdict],
        )
