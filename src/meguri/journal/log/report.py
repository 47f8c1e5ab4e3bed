"""What verifying a journal found, for people and for machines."""

from __future__ import annotations

from typing import Any

import msgspec

from meguri.kit.problems import N_, Problem

MOST_FINDINGS = 20  # of one code
CONSISTENT = N_(
    "This shows that the journal is consistent in itself. To show that nothing was altered since an earlier time, "
    "compare it with a checkpoint that was kept elsewhere."
)
HELD = N_("Nothing that the kept checkpoint covers was altered, dropped, reordered or forked since.")
TREE = N_(
    "The acts make the log's root. No signature of an act was looked at; compare with a checkpoint that was kept "
    "elsewhere."
)
TREE_HELD = N_(
    "Nothing that the kept checkpoint covers was altered, dropped, reordered or forked since. No signature of an act "
    "was looked at."
)
BROKEN = N_("The journal is not intact.")


class Report(msgspec.Struct):
    """What verification found. `sealed` acts are in the log; the rest wait for the sealer, which is no fault."""

    node: str
    acts: int = 0
    sealed: int = 0
    root: str = ""
    against: int | None = None
    findings: list[Problem] = []
    tree_only: bool = False

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def statement(self) -> Problem:
        """What this proves, in a sentence."""
        if not self.intact:
            return Problem(BROKEN, "", "broken")
        if self.tree_only:
            return Problem(TREE, "", "tree") if self.against is None else Problem(TREE_HELD, "", "tree-held")
        return Problem(CONSISTENT, "", "consistent") if self.against is None else Problem(HELD, "", "held")

    def add(self, code: str, text: str, where: str = "", **params: Any) -> None:
        """Note a finding, unless there are many like it."""
        if sum(finding.code == code for finding in self.findings) < MOST_FINDINGS:
            self.findings.append(Problem(text, where, code, params))

    def to_json(self) -> dict[str, Any]:
        """One object for machines."""
        return {
            "intact": self.intact,
            "statement": self.statement.say(),
            "node": self.node,
            "acts": self.acts,
            "sealed": self.sealed,
            "unsealed": self.acts - self.sealed,
            "root": self.root,
            "against": self.against,
            "findings": [{"where": f.pointer, "code": f.code, "detail": f.say()} for f in self.findings],
        }
