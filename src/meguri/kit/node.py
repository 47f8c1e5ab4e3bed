"""What the name of a node says: who keeps this record, and whether it is the labelled demonstration's."""

from __future__ import annotations

DEMONSTRATION = "meguri.demonstration"


def of_demonstration(node: str) -> bool:
    """Whether a node of that name is a demonstration: nobody relies on its acts."""
    return node == DEMONSTRATION or node.startswith(DEMONSTRATION + ".")
