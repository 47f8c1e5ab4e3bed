"""The pure parts: Merkle trees against published vectors, canonical JSON, signatures, checkpoints, worlds."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from meguri.journal.act import Act, subjects
from meguri.journal.log import checkpoints
from meguri.journal.signatures import merkle, signing
from meguri.journal.world import World
from meguri.kit.problems import Refused

LEAVES = st.integers(0, 70)


def leaves(count):
    return [merkle.leaf_hash(bytes([i])) for i in range(count)]


def raw(text):
    return base64.b64decode(text or "")


def test_published_inclusion_vectors(fixtures):
    vectors = sorted((fixtures("trust/merkle") / "testdata" / "inclusion").rglob("*.json"))
    assert len(vectors) >= 98
    for path in vectors:
        case = json.loads(path.read_text())
        proof = [raw(hash) for hash in case["proof"] or []]
        found = merkle.root_from_inclusion(case["leafIdx"], case["treeSize"], raw(case["leafHash"]), proof)
        right = len(raw(case["leafHash"])) == 32 and found == raw(case["root"])
        assert right != case["wantErr"], path


def test_published_consistency_vectors(fixtures):
    vectors = sorted((fixtures("trust/merkle") / "testdata" / "consistency").rglob("*.json"))
    assert len(vectors) >= 98
    for path in vectors:
        case = json.loads(path.read_text())
        proof = [raw(hash) for hash in case["proof"] or []]
        right = merkle.verify_consistency(case["size1"], case["size2"], raw(case["root1"]), raw(case["root2"]), proof)
        assert right != case["wantErr"], path


def test_published_canonical_json_vectors(fixtures):
    folder = fixtures("trust/jcs")
    names = [path.name for path in (folder / "input").glob("*.json")]
    assert names
    for name in names:
        value = json.loads((folder / "input" / name).read_text())
        assert rfc8785.dumps(value) == bytes.fromhex((folder / "outhex" / name).with_suffix(".txt").read_text()), name


def test_roots_of_small_trees():
    a, b, c = leaves(3)
    assert merkle.root([]) == merkle.EMPTY
    assert merkle.root([a]) == a
    assert merkle.root([a, b, c]) == merkle.node_hash(merkle.node_hash(a, b), c)


@given(LEAVES)
def test_every_path_leads_to_the_root(count):
    found, root = leaves(count), merkle.root(leaves(count))
    hashes = lambda low, high: merkle.root(found[low:high])  # noqa: E731
    for index, path in enumerate(merkle.paths(found)):
        assert list(path) == merkle.prove(merkle.inclusion_ranges(index, count), hashes)
        assert merkle.root_from_inclusion(index, count, found[index], path) == root
        for other in {0, count // 2, count - 1} - {index}:
            assert merkle.root_from_inclusion(other, count, found[index], path) != root
    assert merkle.root_from_inclusion(count, count, merkle.EMPTY, []) is None


@given(LEAVES, LEAVES)
def test_every_tree_is_consistent_with_its_beginnings(first, more):
    found = leaves(first + more)
    hashes = lambda low, high: merkle.root(found[low:high])  # noqa: E731
    path = merkle.prove(merkle.consistency_ranges(first, first + more), hashes)
    old, new = merkle.root(found[:first]), merkle.root(found)
    assert merkle.verify_consistency(first, first + more, old, new, path) == (first > 0)
    if first and more:
        assert not merkle.verify_consistency(first, first + more, merkle.leaf_hash(b"x"), new, path)
        assert not merkle.verify_consistency(first, first + more, old, new, [*path, old])


def test_a_path_that_does_not_fit_proves_nothing():
    found = leaves(13)
    root = merkle.root(found)
    for index, path in enumerate(merkle.paths(found)):
        proven = [
            (13, index, path),
            (13, index, path[:-1]),
            (13, index, (*path, root)),
            (13, index, (*path[:-1], b"x")),
        ]
        proven += [(13, index, (bytes(31), *path[1:])), (13, -1, path), (13, 13, path), (14, index, path)]
        proven += [(13, index, (*path[:-1], merkle.leaf_hash(b"x")))]
        roots = [merkle.root_from_inclusion(at, size, found[index], steps) for size, at, steps in proven]
        assert [one == root for one in roots[:-2]] == [True, *[False] * 6]
        assert roots[-1] != root
    assert merkle.root_from_inclusion(0, 1, found[0], []) == found[0]
    assert merkle.root_from_inclusion(0, 1, found[0], [found[0]]) is None


def test_a_consistency_that_does_not_fit_proves_nothing():
    found = leaves(17)
    hashes = lambda low, high: merkle.root(found[low:high])  # noqa: E731
    for second in range(1, 18):
        new = merkle.root(found[:second])
        for first in range(1, second + 1):
            old = merkle.root(found[:first])
            path = merkle.prove(merkle.consistency_ranges(first, second), hashes)
            assert merkle.verify_consistency(first, second, old, new, path)
            for wrong in (
                [*path, new],
                path[:-1] if path else [new],
                [merkle.leaf_hash(b"x"), *path[1:]],
                [*path, *path],
            ):
                if wrong != path:
                    assert not merkle.verify_consistency(first, second, old, new, wrong), (first, second)
            other = merkle.leaf_hash(b"x")
            assert not merkle.verify_consistency(first, second, other, new, path)
            assert not merkle.verify_consistency(first, second, old, other, path)
            assert not merkle.verify_consistency(second + 1, second, old, new, path)
    assert not merkle.verify_consistency(0, 3, merkle.EMPTY, merkle.root(found[:3]), [])


def test_ranges_outside_a_tree_are_the_callers_mistake():
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            merkle.inclusion_ranges(index, size)
    for first, second in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="extend"):
            merkle.consistency_ranges(first, second)
    assert merkle.consistency_ranges(0, 3) == merkle.consistency_ranges(3, 3) == []
    assert merkle.inclusion_ranges(0, 1) == []


@given(LEAVES, LEAVES)
def test_a_range_goes_on_from_its_peaks(first, more):
    found, grown = leaves(first + more), merkle.CompactRange()
    for leaf in found[:first]:
        grown.append(leaf)
    later = merkle.CompactRange(grown.size, grown.peaks)
    for leaf in found[first:]:
        for level, index, hash in later.append(leaf):
            assert hash == merkle.root(found[index << level : (index + 1) << level])
    assert later.root() == merkle.root(found)


def test_peaks_must_fit_the_size():
    with pytest.raises(ValueError, match="peaks"):
        merkle.CompactRange(3, [merkle.EMPTY])


def act(**changes):
    fields = {
        "kind": "toy.open",
        "version": 1,
        "node": "n",
        "subjects": ("pot:a",),
        "actor": "organisation:a",
        "key": "k",
        "nonce": "1",
        "claimed": "2025-10-01T00:00:00.000Z",
        "body": {"b": 1, "a": "é"},
    }
    return Act(**(fields | changes))


def test_an_act_is_named_by_its_canonical_bytes():
    one = act()
    assert (
        one.canonical()
        == (
            '{"actor":"organisation:a","body":{"a":"é","b":1},"claimed":"2025-10-01T00:00:00.000Z","key":"k",'
            '"kind":"toy.open","legal":null,"node":"n","nonce":"1","private":{},"subjects":["pot:a"],"version":1}'
        ).encode()
    )
    assert one.id == act(body={"a": "é", "b": 1}).id != act(nonce="2").id
    assert subjects("b", ["a", "b"]) == ("a", "b")


@given(st.integers(1, 40))
def test_signatures_cover_their_own_act_only(count):
    private = signing.new_key()
    public = signing.public_text(private)
    ids = [act(nonce=str(i)).id for i in range(count)]
    marks = signing.sign_acts(private, ids)
    assert len({mark.jws for mark in marks}) == 1
    for place, (id, mark) in enumerate(zip(ids, marks, strict=True)):
        jws = signing.parse(mark.jws)
        assert signing.covers(mark, jws, bytes.fromhex(id))
        assert signing.genuine(jws, public)
        assert not signing.genuine(jws, signing.public_text(signing.new_key()))
        assert place == 0 or not signing.covers(mark, jws, bytes.fromhex(ids[0]))


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","kid":"k","typ":"meguri-act"}',
        b'{"alg":"HS256","kid":"k","typ":"meguri-act"}',
        b'{"alg":"Ed25519","kid":"k","typ":"meguri-act","crit":["x"],"x":1}',
        b'{"alg":"Ed25519","kid":"k"}',
        b"[]",
    ],
)
def test_headers_of_other_shapes_are_refused(header):
    with pytest.raises(Refused):
        signing.parse(f"{signing.b64(header)}.AA.AA")


def test_a_signature_longer_than_any_is_not_taken_apart():
    short = signing.sign(signing.new_key(), "x" * 400, bytes(32))
    long = signing.sign(signing.new_key(), "x" * 700, bytes(32))
    assert len(short) <= signing.LONGEST_JWS < len(long)
    assert signing.parse(short).header.typ == "x" * 400
    with pytest.raises(Refused):
        signing.parse(long)


def test_base64url_has_one_way_of_writing():
    assert signing.unb64("AA") == b"\0"
    for text in ("AB", "AA==", "A", "A+"):
        with pytest.raises(ValueError):
            signing.unb64(text)


def test_a_signature_of_another_type_covers_no_act():
    private = signing.new_key()
    mark = signing.Signature(signing.sign(private, signing.KEY, bytes.fromhex(act().id)))
    assert not signing.covers(mark, signing.parse(mark.jws), bytes.fromhex(act().id))


OTHER_TYPES = [signing.ONE, signing.BATCH, signing.KEY, "JWT", ""]


@pytest.mark.parametrize("typ", OTHER_TYPES)
def test_only_a_batch_signature_covers_the_acts_under_its_root(typ):
    private = signing.new_key()
    ids = [act(nonce=str(number)).id for number in range(3)]
    hashes = [merkle.leaf_hash(bytes.fromhex(id)) for id in ids]
    jws = signing.sign(private, typ, merkle.root(hashes))
    for index, (id, path) in enumerate(zip(ids, merkle.paths(hashes), strict=True)):
        mark = signing.Signature(jws, index, 3, tuple(hash.hex() for hash in path))
        assert signing.covers(mark, signing.parse(jws), bytes.fromhex(id)) is (typ == signing.BATCH)


@pytest.mark.parametrize("typ", OTHER_TYPES)
def test_only_a_signature_of_one_act_covers_its_id(typ):
    id = act().id
    mark = signing.Signature(signing.sign(signing.new_key(), typ, bytes.fromhex(id)))
    assert signing.covers(mark, signing.parse(mark.jws), bytes.fromhex(id)) is (typ == signing.ONE)


@pytest.mark.parametrize("typ", OTHER_TYPES)
def test_only_a_proof_of_possession_enrols_a_key(typ):
    """A signature over the very bytes of an enrolment, made for an act or a batch, proves nothing."""
    private = signing.new_key()
    public = signing.public_text(private)
    owner = "organisation:a"
    jws = signing.sign(private, typ, signing.enrolment("n", owner, public))
    if typ == signing.KEY:
        signing.check_proof(jws, "n", owner, public)
    else:
        with pytest.raises(Refused, match="proof"):
            signing.check_proof(jws, "n", owner, public)


def test_a_proof_is_for_one_key_of_one_owner_on_one_node():
    private, other = signing.new_key(), signing.new_key()
    public, owner = signing.public_text(private), "organisation:a"
    proof = signing.prove_key(private, "n", owner)
    signing.check_proof(proof, "n", owner, public)
    elsewhere = ("m", owner, public), ("n", "organisation:b", public), ("n", owner, signing.public_text(other))
    for node, who, key in elsewhere:
        with pytest.raises(Refused, match="proof"):
            signing.check_proof(proof, node, who, key)
    with pytest.raises(Refused, match="proof"):
        signing.check_proof(signing.sign(other, signing.KEY, signing.enrolment("n", owner, public)), "n", owner, public)


def test_the_signature_of_one_act_has_no_path():
    private = signing.new_key()
    jws = signing.sign(private, signing.ONE, bytes.fromhex(act().id))
    for mark in (signing.Signature(jws, index=1), signing.Signature(jws, size=2), signing.Signature(jws, path=("00",))):
        assert not signing.covers(mark, signing.parse(jws), bytes.fromhex(act().id))


def test_the_key_id_is_the_thumbprint_of_rfc_8037():
    # RFC 8037, appendix A.3.
    public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert signing.key_id(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    with pytest.raises(Refused):
        signing.key_id("nonsense")


def test_a_checkpoint_reads_back_and_one_change_unsigns_it():
    private = signing.new_key()
    public = signing.public_text(private)
    text = checkpoints.write("node.example", 7, merkle.EMPTY, private)
    note = checkpoints.read(text)
    assert (note.origin, note.size, note.root) == ("node.example", 7, merkle.EMPTY)
    assert note.signed_by(public)
    assert not note.signed_by(signing.public_text(signing.new_key()))
    assert not checkpoints.read(text.replace("\n7\n", "\n8\n")).signed_by(public)
    assert checkpoints.read(text.replace("\n", "\r\n")).signed_by(public)


def test_guards_cannot_write_and_folds_write_their_own_subjects_only():
    class State(msgspec.Struct, frozen=True):
        n: int

    world = World({"a": State(1), "b": None}, frozenset({"a"}))
    world.put("a", State(2))
    with pytest.raises(KeyError):
        world.put("b", State(1))
    with pytest.raises(KeyError):
        world.get("c", State)
    assert dict(world.changes()) == {"a": State(2)}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_canonical_bytes_are_those_of_rfc_8785_whichever_encoder_writes_them(body):
    one = act(body=body)
    assert one.canonical() == rfc8785.dumps(msgspec.to_builtins(one))


def test_every_character_is_escaped_as_rfc_8785_does():
    text = "".join(map(chr, [*range(0x100), 0x2028, 0x2029, 0xFEFF, 0xFFFF, 0x1F600]))
    one = act(body={"a": text})
    assert one.canonical() == rfc8785.dumps(msgspec.to_builtins(one))
