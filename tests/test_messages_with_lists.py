"""Every message that ends in a list of what would be right is given that list, and the list has members."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import meguri
from meguri.kit.people import duties
from meguri.kit.people.rights import RIGHTS

SOURCE = Path(meguri.__file__).parent
LIST = re.compile(r"(?:one of|Use|takes|are)(?: the)?:? \{(known|values|names|duties|expected|limits)\}")


def messages_with_lists() -> Iterator[tuple[str, str, str]]:
    """Where, the name of the list, and the statement that says the message."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not LIST.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                said = " ".join(n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and type(n.value) is str)
                for found in LIST.finditer(said):
                    yield f"{path.relative_to(SOURCE)}:{node.name}", found[1], ast.unparse(node)


def test_every_message_with_a_list_is_given_it():
    found = list(messages_with_lists())
    assert len(found) >= 10
    assert [where for where, name, body in found if f"{name}=" not in body and f"'{name}':" not in body] == []


def test_there_is_a_duty_for_every_right_and_one_that_signs_everything():
    known = duties.duties().values()
    rights = {right for groups in RIGHTS.values() for group in groups for right in group}
    assert rights
    assert [right for right in sorted(rights) if not any(right in duty.may for duty in known)] == []
    assert any("*" in duty.signs for duty in known)
