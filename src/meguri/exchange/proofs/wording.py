"""What papers and pages say of a certificate or a claim, in words of both languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meguri import reference
from meguri.custody.certificates import evidence
from meguri.custody.claims.vocabulary import definitions, groups, models
from meguri.exchange.proofs.content import ProofContent, ProofKind, ProvenAuthority
from meguri.kit.grams import to_kg
from meguri.kit.words import Words, plain

TITLES: dict[ProofKind, Words] = {
    "certificate": Words("Certificate of recovery"),
    "claim": Words("Claim of recycled content"),
}
HEADINGS = {
    "demonstration": Words("Demonstration"),
    "cast": Words("Demonstration: the organisations named here are a cast; nothing was recovered."),
    "code": Words("Code to check this paper by"),
    "how": Words(
        "The code carries the number, the digest and the day, signed by the key named below. It is a way to carry them "
        "and no proof by itself: check this file with “meguri verify FILE”, or on the page of the node that issued it."
    ),
    "key": Words("Key"),
}
COLUMNS = (Words("Lot"), Words("Metal"), Words("Mass (kg)"), Words("The figure rests on"))


def lead(content: ProofContent) -> Words:
    """The sentence under the number: how far the recovery has come."""
    facts = content.facts
    if content.kind == "claim":
        return _claimed(content)
    done, received = int(facts["done_g"]), int(facts["received_g"])
    if done == received:
        return Words("All {kg} kg that was accepted has been treated.").format(kg=to_kg(received))
    return Words("In part: {done} of {received} kg that was accepted has been treated.").format(
        done=to_kg(done), received=to_kg(received)
    )


def _claimed(content: ProofContent) -> Words:
    """What the model of a claim lets be said, and nothing else."""
    facts = content.facts
    element = reference.elements()[str(facts["element"])].name
    return models()[str(facts["model"])].wording.format(
        grams=to_kg(int(facts["grams_g"])),
        element=element,
        site=content.site,
        period=f"{facts['begins']} – {facts['ends']}",
    )


def fields(
    content: ProofContent, authority: Sequence[ProvenAuthority], names: Mapping[str, str]
) -> list[tuple[Words, Words]]:
    """What stands in the paper's list, label and value."""
    found = [
        (Words("Issued by"), plain(names.get(content.issuer, content.issuer))),
        (Words("Site"), plain(names.get(content.site, content.site))),
        (Words("Licence"), plain(", ".join(one.number for one in authority) or "–")),
        (Words("Recorded"), plain(content.at.date().isoformat())),
    ]
    if content.kind == "claim":
        found += _of_claim(content, names)
    if content.kind == "certificate":
        found += [
            (Words("Recovered on"), plain(content.on.isoformat())),
            (Words("Movement"), plain(str(content.facts["movement"]))),
            (Words("Sent (kg)"), _kg(content, "sent_g")),
            (Words("Received (kg)"), _kg(content, "received_g")),
            (Words("Treated, by this certificate (kg)"), _kg(content, "treated_g")),
        ]
        if content.facts["contamination_g"]:
            found.append((Words("Of this, something else (kg)"), _kg(content, "contamination_g")))
        if content.facts["replaces"]:
            found.append((Words("Replaces"), plain(str(content.facts["replaces"]))))
    return found


def _of_claim(content: ProofContent, names: Mapping[str, str]) -> list[tuple[Words, Words]]:
    facts = content.facts
    definition, model = definitions()[str(facts["definition"])], models()[str(facts["model"])]
    holder = str(facts["holder"])
    found = [
        (Words("Held by"), plain(names.get(holder, holder))),
        (Words("Model of the chain of custody"), model.name),
        (Words("Standard"), plain("ISO 22095:2020")),
        (Words("Recycled, by the definition of"), plain(definition.name)),
        (Words("Product group"), groups()[str(facts["group"])].name),
        (Words("Period"), plain(f"{facts['begins']} – {facts['ends']}")),
        (Words("Claimed (kg)"), _kg(content, "grams_g")),
    ]
    if model.kind == "account":
        factor = f"{int(facts['factor_ppm']) / 10_000:.4f} %"
        found += [
            (Words("Conversion factor, as measured"), plain(factor)),
            (Words("Balance of the account after it (kg)"), _kg(content, "balance_g")),
        ]
    if facts["scheme"]:
        found.append((Words("Scheme"), plain(str(facts["scheme"]))))
    if facts["follows"]:
        found.append((Words("Transferred from"), plain(str(facts["follows"]))))
    return found


def _kg(content: ProofContent, fact: str) -> Words:
    return plain(to_kg(int(content.facts[fact])))


def metal_rows(content: ProofContent) -> list[list[Words]]:
    """One row for each metal: lot, element, mass with its interval where it is estimated, class of evidence."""
    elements, classes = reference.elements(), evidence.classes()
    rows = []
    for one in content.metals:
        mass = to_kg(one.grams) + (f" ± {to_kg(2 * one.sd_g)}" if one.sd_g else "")
        name = elements[one.element].name if one.element in elements else plain(one.element)
        rests = classes[one.evidence].words if one.evidence else plain("–")
        rows.append([plain(one.lot), name, plain(mass), rests])
    return rows
