"""May it move? Rule packs, one engine, and the verdict on a movement at a date.

>>> from meguri.law import Question, verdict
>>> q = Question.parse(on="2025-10-01", stream="circuit-boards", origin="MYS", destination="JPN", operation="R4")
>>> verdict(q).verdict
'allowed_pic'
"""

from typing import TYPE_CHECKING, Any

from meguri.kit.files.reading import TableError
from meguri.law.across.standing import Otherwise, decided_otherwise, rests_on, ruling_of, turns_on
from meguri.law.across.timeline import LawChange, boundaries, next_changes, timeline
from meguri.law.asking.decisions import Decision, decision
from meguri.law.asking.model import (
    STATUS_WORDS,
    VERDICT_WORDS,
    VERDICTS,
    Alternative,
    Assumption,
    Classified,
    ConsentNeed,
    Deadline,
    FactValue,
    Ground,
    Paper,
    Question,
    Verdict,
)
from meguri.law.asking.records import keep as keep_consents
from meguri.law.asking.verdict import verdict
from meguri.law.body.packfile import Draft
from meguri.law.body.packs import COVERS, READ_ON, Law
from meguri.law.laboratory import DRAFTS, AnswerDifference, diff, drafted, first_day, lanes
from meguri.law.offices import economy_zone, end_rule, office, office_name
from meguri.law.otherwise.alternatives import if_instead
from meguri.law.otherwise.remedies import Remedy, remedies
from meguri.law.tables import (
    authorities,
    authority_name,
    competent,
    fact_vocabulary,
    operations,
    parties,
    procedures,
    streams,
    terms,
)
from meguri.law.wastes import waste_codes

if TYPE_CHECKING:
    from meguri.law.across.world import Cell, Matrix, matrix


def __getattr__(name: str) -> Any:
    """The world matrix is loaded when it is first asked for: it alone needs numpy."""
    if name in ("Cell", "Matrix", "matrix"):
        from meguri.law.across import world

        return getattr(world, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "COVERS",
    "DRAFTS",
    "READ_ON",
    "STATUS_WORDS",
    "VERDICTS",
    "keep_consents",
    "VERDICT_WORDS",
    "Alternative",
    "Assumption",
    "Cell",
    "LawChange",
    "Classified",
    "ConsentNeed",
    "Deadline",
    "Decision",
    "AnswerDifference",
    "Draft",
    "FactValue",
    "Ground",
    "Law",
    "Matrix",
    "Otherwise",
    "Paper",
    "Question",
    "Remedy",
    "TableError",
    "Verdict",
    "authorities",
    "authority_name",
    "competent",
    "boundaries",
    "decided_otherwise",
    "decision",
    "diff",
    "drafted",
    "economy_zone",
    "end_rule",
    "fact_vocabulary",
    "first_day",
    "if_instead",
    "lanes",
    "matrix",
    "next_changes",
    "office",
    "office_name",
    "operations",
    "parties",
    "procedures",
    "remedies",
    "rests_on",
    "ruling_of",
    "streams",
    "terms",
    "timeline",
    "turns_on",
    "verdict",
    "waste_codes",
]
