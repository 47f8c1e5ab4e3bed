"""The small faults that can be planted in a source, each as a replacement of some of its bytes.

Strings are left alone, and with them docstrings and wording; so are annotations, decorators, assertions, what a
`raise` says, and what PostgreSQL alone runs, since the tests are run on SQLite.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Is: ("is", "is not"),
    ast.IsNot: (r"is\s+not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: (r"not\s+in", "in"),
}
REVERSED: dict[type[ast.cmpop], str] = {ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<"}
RECKONED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
WORDING = frozenset(
    [
        "N_",
        "_",
        "gettext",
        "ngettext",
        "pgettext",
        "Words",
        "Problem",
        "refuse",
        "given",
        "plain",
        "cell",
        "cast",
        "isinstance",
        "getLogger",
        "lap",
    ]
)
"""Calls that are left alone: texts that people read, types, and what only measures."""


@dataclass(frozen=True)
class Change:
    """One fault: the bytes `start` to `end` become `new`. It is met where one of the lines `reach` runs; `line` is
    where it stands. Outside functions it is met when the module is imported.
    """

    operator: str
    line: int
    reach: tuple[int, int]
    start: int
    end: int
    new: str
    imported: bool

    def apply(self, source: str) -> str:
        """The source with the fault in it."""
        data = source.encode()
        return (data[: self.start] + self.new.encode() + data[self.end :]).decode()


@dataclass
class Signatures:
    """Parameters of the functions and structs of some sources, by bare name: what may be left out, what is of which
    type. A name that is defined twice says nothing.
    """

    optional: dict[str, frozenset[str]] = field(default_factory=dict)
    types: dict[str, tuple[str, ...]] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)

    def read(self, tree: ast.AST) -> None:
        """Take note of what a module defines."""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                named = [arg for arg in [*node.args.posonlyargs, *node.args.args] if arg.arg not in ("self", "cls")]
                optional = {arg.arg for arg in named[len(named) - len(node.args.defaults) :]} if named else set()
                optional |= {
                    arg.arg for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if default
                }
                types = tuple(ast.unparse(arg.annotation) if arg.annotation else "" for arg in named)
            elif isinstance(node, ast.ClassDef):
                fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
                optional = {part.target.id for part in fields if part.value and isinstance(part.target, ast.Name)}
                types = tuple(ast.unparse(part.annotation) for part in fields)
            else:
                continue
            if node.name in self.met:
                optional, types = set(), ()
            self.met.add(node.name)
            self.optional[node.name], self.types[node.name] = frozenset(optional), types


def name_of(node: ast.expr) -> str:
    """The last name of what is called: ``replace`` of ``msgspec.structs.replace``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_text(node: ast.expr) -> bool:
    """Whether something is plainly text or a sequence written out, which only adds up."""
    return isinstance(node, ast.JoinedStr | ast.Tuple | ast.List) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


class Finder(ast.NodeVisitor):
    """Walks one source and gathers every change that can be made in it."""

    def __init__(self, source: str, signatures: Signatures) -> None:
        self.data = source.encode()
        self.starts = [0]
        for line in self.data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.signatures = signatures
        self.changes: list[Change] = []
        self.reach = (1, 1)
        self.within: list[ast.AST] = []

    def start(self, node: Any) -> int:
        return int(self.starts[node.lineno - 1] + node.col_offset)

    def end(self, node: Any) -> int:
        return int(self.starts[node.end_lineno - 1] + node.end_col_offset)

    def text(self, node: ast.AST) -> str:
        return self.data[self.start(node) : self.end(node)].decode()

    def add(self, operator: str, start: int, end: int, new: str, reach: tuple[int, int] | None = None) -> None:
        line = self.data.count(b"\n", 0, start) + 1
        functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        imported = not any(isinstance(node, functions) for node in self.within)
        self.changes.append(Change(operator, line, reach or self.reach, start, end, new, imported))

    def swap(self, operator: str, node: ast.AST, new: str) -> None:
        self.add(operator, self.start(node), self.end(node), new)

    def between(self, operator: str, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        """Change the operator that stands between two nodes."""
        gap = self.data[self.end(left) : self.start(right)].decode()
        pattern = old if old[0].isalpha() else re.escape(old)
        found = re.search(rf"\b{pattern}\b" if old[0].isalpha() else pattern, gap)
        if found:
            at = self.end(left) + len(gap[: found.start()].encode())
            self.add(operator, at, at + len(found.group().encode()), new)

    def drop(self, operator: str, parts: Sequence[ast.AST], index: int) -> None:
        """Leave out one of several parts that stand between commas."""
        if index + 1 < len(parts):
            self.add(operator, self.start(parts[index]), self.start(parts[index + 1]), "")
        elif index:
            self.add(operator, self.end(parts[index - 1]), self.end(parts[index]), "")

    # Statements.

    def visit(self, node: ast.AST) -> None:
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        body = getattr(node, "body", None)
        last = max(node.lineno, body[0].lineno - 1) if isinstance(body, list) and body else node.end_lineno
        before, self.reach = self.reach, (node.lineno, last or node.lineno)
        super().visit(node)
        self.reach = before

    def inside(self, node: ast.AST, parts: Iterable[ast.AST]) -> None:
        self.within.append(node)
        self.block(parts)
        self.within.pop()

    def block(self, parts: Iterable[ast.AST]) -> None:
        for part in parts:
            self.visit(part)
            if isinstance(part, ast.If) and on_postgresql(part.test) is False and isinstance(part.body[-1], ast.Return):
                return

    def visit_With(self, node: ast.With) -> None:
        for item in node.items:
            self.visit(item.context_expr)
        self.block(node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        yields = any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
        says_nothing = node.returns is None or (isinstance(node.returns, ast.Constant) and node.returns.value is None)
        self.within.append(node)
        if says_nothing and not yields and len(body) > 1:
            first = body[0]
            self.add("returns at once", self.start(first), self.end(first), "return", (first.lineno, first.lineno))
        self.within.pop()
        self.inside(node, body)

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if node.name != "Meta":
            self.inside(node, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.inside(node, [node.body])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        return

    def visit_Import(self, node: ast.Import) -> None:
        return

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        return

    def visit_Raise(self, node: ast.Raise) -> None:
        self.swap("statement left out", node, "pass")

    def visit_Continue(self, node: ast.Continue) -> None:
        self.swap("statement left out", node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self.swap("statement left out", node, "pass")

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and self.within and name_of(node.value.func) not in WORDING:
            self.swap("statement left out", node, "pass")
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if name_of(node.targets[0]) == "__all__":
            return
        if any(isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets) and self.within:
            self.swap("statement left out", node, "pass")
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            for part in node.value.elts:
                self.visit(part)
            return
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        for old, new in [RECKONED[type(node.op)]] if type(node.op) in RECKONED and not is_text(node.value) else []:
            self.between("arithmetic", node.target, node.value, f"{old}=", f"{new}=")
        self.swap("statement left out", node, "pass")
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        function = next((one for one in reversed(self.within) if isinstance(one, ast.FunctionDef)), None)
        returns = ast.unparse(function.returns) if function and function.returns else ""
        if returns == "bool":
            for value in ("True", "False"):
                if self.text(node.value) != value:
                    self.swap("answer", node.value, value)
        elif self.text(node.value) != "None":
            self.swap("answer", node.value, "None")
        if isinstance(node.value, ast.Tuple) and returns.startswith("tuple[") and not returns.endswith("...]"):
            for part in node.value.elts:
                self.visit(part)
        else:
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        if name_of(node.test) == "TYPE_CHECKING":
            return
        if on_postgresql(node.test) is not None:
            self.block(node.orelse if on_postgresql(node.test) else node.body)
            return
        # An `elif` cannot be left out by itself.
        if all(isinstance(part, ast.Raise) for part in node.body) and not node.orelse and self.text(node)[:2] == "if":
            self.swap("statement left out", node, "pass")
        self.condition(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self.generic_visit(node)

    def condition(self, test: ast.expr) -> None:
        plain = isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) not in REVERSED
        if not plain and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            self.swap("negation", test, f"not ({self.text(test)})")

    # Expressions.

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            old, new = COMPARED[type(op)]
            self.between("comparison", left, right, old, new)
            if type(op) in REVERSED:
                self.between("comparison", left, right, old, REVERSED[type(op)])
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        types = not self.within or isinstance(node.right, ast.Constant)
        if (
            type(node.op) in RECKONED
            and not (is_text(node.left) or is_text(node.right))
            and not (isinstance(node.op, ast.BitOr) and types)
        ):
            self.between("arithmetic", node.left, node.right, *RECKONED[type(node.op)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.between("and, or", left, right, old, new)
        for index in range(len(node.values)):
            kept = [part for place, part in enumerate(node.values) if place != index]
            text = f" {old} ".join(f"({self.text(part)})" if len(kept) > 1 else self.text(part) for part in kept)
            self.swap("condition left out", node, f"({text})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub):
            operator = "negation" if isinstance(node.op, ast.Not) else "arithmetic"
            self.swap(operator, node, f"({self.text(node.operand)})")
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        if on_postgresql(node.test) is not None:
            self.visit(node.orelse if on_postgresql(node.test) else node.body)
            return
        for part in (node.body, node.orelse):
            self.swap("choice", node, f"({self.text(part)})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self.swap("constant", node, str(not value))
        elif isinstance(value, int | float):
            self.swap("constant", node, str(1 if value == 0 else 0 if value == 1 else value + 1))

    def elements(self, node: ast.Tuple | ast.List | ast.Set) -> None:
        loose = [isinstance(part, ast.Starred | ast.Constant) for part in node.elts]
        # A pair of unlike things falls apart at once; what is joined or listed may be one short in silence.
        if isinstance(getattr(node, "ctx", None), ast.Store) or not (all(loose) or any(map(is_starred, node.elts))):
            self.generic_visit(node)
            return
        if len(node.elts) > 2:
            for index in range(len(node.elts)):
                self.drop("element left out", node.elts, index)
        elif len(node.elts) == 2:
            around = {ast.Tuple: "({},)", ast.List: "[{}]", ast.Set: "{{{}}}"}[type(node)]
            for part in node.elts:
                self.swap("element left out", node, around.format(self.text(part)))
        self.generic_visit(node)

    visit_Tuple = visit_List = visit_Set = elements

    def comprehension(self, node: ast.comprehension) -> None:
        before: ast.AST = node.iter
        for test in node.ifs:
            self.add("condition left out", self.end(before), self.end(test), "")
            before = test
        self.generic_visit(node)

    visit_comprehension = comprehension

    def visit_Call(self, node: ast.Call) -> None:
        name = name_of(node.func)
        if name in WORDING or name_of(getattr(node.func, "value", node.func)) == "models":
            return
        if name in TWINS and isinstance(node.func, ast.Name):
            self.swap("twin", node.func, TWINS[name])
        parts: list[ast.AST] = [*node.args, *node.keywords]
        for index, part in enumerate(parts):
            if isinstance(part, ast.keyword) and part.arg:
                optional = name == "replace" or part.arg in self.signatures.optional.get(name, ())
                if optional and len(parts) > 1:
                    self.drop("argument left out", parts, index)
        types = self.signatures.types.get(name, ())
        for one, other, left, right in zip(types, types[1:], node.args, node.args[1:], strict=False):
            if one and one == other and not (is_starred(left) or is_starred(right)):
                between = self.data[self.end(left) : self.start(right)].decode()
                if self.text(left) != self.text(right):
                    new = self.text(right) + between + self.text(left)
                    self.add("arguments swapped", self.start(left), self.end(right), new)
        self.generic_visit(node)


def on_postgresql(test: ast.expr) -> bool | None:
    """Whether a test holds on PostgreSQL and nowhere else (True) or everywhere else (False); None for other tests."""
    right = test.comparators[0] if isinstance(test, ast.Compare) else None
    if isinstance(test, ast.Compare) and isinstance(right, ast.Constant) and right.value == "postgresql":
        return isinstance(test.ops[0], ast.Eq)
    return None


def is_starred(node: ast.AST) -> bool:
    """Whether several elements stand in one place."""
    return isinstance(node, ast.Starred)


def find(source: str, signatures: Signatures) -> list[Change]:
    """Every change that can be made in a source, in the order in which they stand."""
    finder = Finder(source, signatures)
    finder.visit(ast.parse(source))
    return sorted(set(finder.changes), key=lambda change: (change.start, change.end, change.new))


def changed(source: str, change: Change) -> str | None:
    """The source with a change, or None where that is no other program or none at all."""
    new = change.apply(source)
    try:
        tree = ast.parse(new)
        compile(new, "<mutation>", "exec", dont_inherit=True)
    except SyntaxError:
        return None
    return None if ast.dump(tree) == ast.dump(ast.parse(source)) else new


def diff(source: str, new: str) -> Iterator[str]:
    """The lines that differ, as in a unified diff without its head."""
    for line in difflib.unified_diff(source.splitlines(), new.splitlines(), n=0, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield line
