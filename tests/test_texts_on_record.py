"""What stands on record is for machines of any language: keys, ids, figures, and what somebody wrote themselves.

A field for what somebody wrote is declared with `kit.words.Text`; every other text of an act or a state is a key or id.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

KEY = re.compile(r"[A-Za-z0-9@*_-][A-Za-z0-9_.,:/+*@=-]*")
KEPT = sorted(Path(__file__).with_name("kept").glob("*.json"))


def texts(schema, value, at=""):
    """The texts of a value with where they stand, except where the schema says that somebody wrote them."""
    match schema:
        case msgspec.inspect.Metadata(type=inner, extra=extra):
            if not (extra or {}).get("text"):
                yield from texts(inner, value, at)
        case msgspec.inspect.StructType(fields=fields):
            for field in fields:
                if field.encode_name in value:
                    yield from texts(field.type, value[field.encode_name], f"{at}/{field.encode_name}")
        case msgspec.inspect.UnionType(types=types):
            if isinstance(value, str):
                declared = [one for one in types if isinstance(one, msgspec.inspect.Metadata)]
                yield from texts(declared[0] if declared else msgspec.inspect.StrType(), value, at)
            elif isinstance(value, dict | list):
                for one in types:
                    if not isinstance(one, msgspec.inspect.NoneType):
                        yield from texts(one, value, at)
        case msgspec.inspect.DictType(key_type=keys, value_type=values):
            for name, inside in value.items():
                yield from texts(keys, name, f"{at}/{name}")
                yield from texts(values, inside, f"{at}/{name}")
        case msgspec.inspect.VarTupleType(item_type=item) | msgspec.inspect.ListType(item_type=item):
            for inside in value:
                yield from texts(item, inside, f"{at}/-")
        case msgspec.inspect.TupleType(item_types=items):
            for item, inside in zip(items, value, strict=True):
                yield from texts(item, inside, f"{at}/-")
        case _:
            if isinstance(value, str):
                yield at, value


def sentences(struct, value):
    return {
        at: text for at, text in texts(msgspec.inspect.type_info(struct), value) if text and not KEY.fullmatch(text)
    }


@pytest.mark.django_db
def test_every_text_in_an_act_of_the_demonstration_is_a_key_an_id_or_what_somebody_wrote():
    from meguri.demonstration import performance, scenario
    from meguri.journal import kinds
    from meguri.journal.act import Act
    from meguri.journal.models import ActRow

    performance.play_all(scenario.load(), lambda text: None)
    acts = [
        msgspec.json.decode(bytes(canonical), type=Act)
        for canonical in ActRow.objects.values_list("canonical", flat=True)
    ]
    assert len(acts) > 50
    found = {}
    for act in acts:
        for at, text in sentences(kinds.find(act.kind).of(act.version).body, act.body).items():
            found[f"{act.kind}{at}"] = text
        for name in ("kind", "node", "actor", "key", "nonce", "claimed", "legal"):
            assert not (getattr(act, name) and not KEY.fullmatch(getattr(act, name))), (act.kind, name)
    assert not found


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_every_text_in_a_kept_act_and_in_the_states_it_makes_is_one_too(path):
    from meguri.journal import kinds
    from meguri.journal.projections import books
    from meguri.journal.subject import split

    for line in json.loads(path.read_text(encoding="utf-8"))["acts"]:
        act = line["act"]
        assert not sentences(kinds.find(act["kind"]).of(act["version"]).body, act["body"])
        for subject, state in line["after"].items():
            assert not sentences(books.book(split(subject)[0]).model.STATE, state), subject


def test_a_sentence_where_no_free_text_is_declared_is_seen():
    from meguri.custody.acts import Collect

    given = {"event": "E", "lot": "L", "stream": "old phones", "grams": 5, "place": "Harbour gate", "contents": []}
    assert sentences(Collect, given) == {"/stream": "old phones"}
