"""Toy kinds for the journal's own tests: pots that hold counted beans."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import models

from meguri.journal import kinds
from meguri.journal.projections import books
from meguri.journal.projections.books import Projection
from meguri.journal.projections.relations import Edge, Lies, Reads
from meguri.kit.problems import Conflict, Problem


class PotState(msgspec.Struct, frozen=True):
    owner: str
    beans: int
    moves: tuple[int, ...] = ()
    marks: dict[int, str] = {}
    shared: tuple[str, ...] = ()


class Pot(Projection):
    STATE = PotState
    beans = models.BigIntegerField()

    class Meta:
        app_label = "journal"
        db_table = "toy_pot"

    @classmethod
    def columns(cls, id: str, state: Any) -> dict[str, Any]:
        return {"beans": state.beans}

    @classmethod
    def relations(cls, id: str, state: Any):
        if state.shared:
            yield Lies(f"pot:{id}", f"pot:{id}")
            yield Edge("holds", f"pot:{id}", "shelf:shared", state.beans)
        for who in state.shared:
            yield Reads(f"pot:{id}", who)


class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pot: str
    beans: int


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    target: str
    beans: int


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pot: str
    shared: tuple[str, ...]


kinds.define(kinds.Kind("toy.open", 1, Open, lambda body: [f"pot:{body.pot}"], readers="public"))
kinds.define(kinds.Kind("toy.move", 1, Move, lambda body: [f"pot:{body.source}", f"pot:{body.target}"]))
kinds.define(kinds.Kind("toy.share", 1, Share, lambda body: [f"pot:{body.pot}"]))
books.keep("pot", Pot)


@kinds.guard("toy.open")
def may_open(world, act, body, at):
    world.absent(f"pot:{body.pot}", "/body/pot")


@kinds.fold("toy.open")
def open_(world, entry, body):
    world.put(f"pot:{body.pot}", PotState(entry.act.actor, body.beans, (), {entry.number: "open"}))


@kinds.fold("toy.share")
def share(world, entry, body):
    pot = world.need(f"pot:{body.pot}", PotState)
    world.put(f"pot:{body.pot}", msgspec.structs.replace(pot, shared=body.shared))


@kinds.guard("toy.move")
def may_move(world, act, body, at):
    source = world.need(f"pot:{body.source}", PotState, "/body/source")
    world.need(f"pot:{body.target}", PotState, "/body/target")
    if body.beans < 0 or source.beans < body.beans:
        raise Conflict(Problem("There are only {beans} beans.", "/body/beans", "beans", {"beans": source.beans}))


@kinds.fold("toy.move")
def move(world, entry, body):
    source = world.need(f"pot:{body.source}", PotState)
    world.put(f"pot:{body.source}", msgspec.structs.replace(source, beans=source.beans - body.beans))
    target = world.need(f"pot:{body.target}", PotState)
    world.put(
        f"pot:{body.target}",
        msgspec.structs.replace(target, beans=target.beans + body.beans, moves=(*target.moves, entry.number)),
    )
