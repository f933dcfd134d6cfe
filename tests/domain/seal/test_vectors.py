"""Published test vectors: proofs, hashes, signatures, notes and checkpoints, right ones and broken ones."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.refusals import Refused
from domain.seal.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from domain.seal.keys import Signer, Verifier, ed25519_verifies
from domain.seal.note import parse_note, sign
from domain.seal.proofs import inclusion
from domain.seal.refusals import MalformedCheckpoint, MalformedKey, MalformedNote, NotProved, NotSigned
from domain.seal.tree import EMPTY_ROOT, HASH_BYTES, Frontier, leaf_hash, node_hash
from domain.seal.verify import verify_consistency, verify_inclusion
from tests.domain.seal import reference

Count = Callable[[str], None]
SUBTREE_LEAVES = 130


def cases(folder: Path) -> list[dict[str, Any]]:
    """Read all JSON files below a folder."""
    return [json.loads(path.read_bytes()) for path in sorted(folder.rglob("*.json"))]


def extracted(shared: Path, name: str) -> Any:  # noqa: ANN401  JSON
    """Read one of the retyped files."""
    return json.loads((shared / "vectors" / "extracted" / f"{name}.json").read_bytes())


def hashes(case: dict[str, Any]) -> list[bytes]:
    """Read the hashes of a case's proof."""
    return [b64decode(it) for it in case["proof"] or []]


def refuses(check: Callable[[], None]) -> bool:
    """Whether a check says that something is not proved."""
    try:
        check()
    except NotProved:
        return True
    return False


def test_inclusion_proofs(shared: Path, count: Count) -> None:
    found = cases(shared / "vectors" / "transparency-dev-merkle" / "testdata" / "inclusion")
    for case in found:
        leaf, root = b64decode(case["leafHash"] or ""), b64decode(case["root"] or "")
        place = case["leafIdx"], case["treeSize"]
        assert (
            refuses(lambda: verify_inclusion(leaf, *place, hashes(case), root))  # noqa: B023
            == case["wantErr"]
        ), case["desc"]
    assert len(found) == 98
    refused = sum(it["wantErr"] for it in found)
    count(f"vectors, inclusion proofs: {len(found)} of 98, {refused} of them broken and refused")


def test_consistency_proofs(shared: Path, count: Count) -> None:
    found = cases(shared / "vectors" / "transparency-dev-merkle" / "testdata" / "consistency")
    for case in found:
        earlier = case["size1"], b64decode(case["root1"] or "")
        later = case["size2"], b64decode(case["root2"] or "")
        assert (
            refuses(lambda: verify_consistency(*earlier, *later, hashes(case)))  # noqa: B023
            == case["wantErr"]
        ), case["desc"]
    assert len(found) == 98
    refused = sum(it["wantErr"] for it in found)
    count(f"vectors, consistency proofs: {len(found)} of 98, {refused} of them broken and refused")


def test_hashes_and_roots(shared: Path, count: Count) -> None:
    case = extracted(shared, "rfc6962_hashes")
    leaves = [leaf_hash(bytes.fromhex(it)) for it in case["leaf_inputs_hex"]]
    roots = case["root_hashes_hex_by_size_0_to_8"]
    assert [Frontier().extend(leaves[:size]).root().hex() for size in range(9)] == roots
    for it in case["hasher"]:
        match it:
            case {"op": "empty"}:
                found = EMPTY_ROOT
            case {"op": "leaf", "in_utf8": entry}:
                found = leaf_hash(entry.encode())
            case {"op": "node", "left_utf8": left, "right_utf8": right}:
                found = node_hash(left.encode(), right.encode())
        assert found.hex() == it["want"]
    count(f"vectors, RFC 6962: {len(roots)} roots, {len(case['hasher'])} hashes")


def test_roots_and_proofs_of_subtrees(shared: Path, count: Count) -> None:
    """Each figure is one hash over a line for every subtree; an empty one holds no entry to prove."""
    wanted = extracted(shared, "mtc_subtree_accumulated")["accumulated_sha256"]
    leaves = [leaf_hash(bytes([it])) for it in range(SUBTREE_LEAVES)]
    roots, proofs = hashlib.sha256(), hashlib.sha256()
    lines = 0
    for start, end in subtrees(SUBTREE_LEAVES):
        part = leaves[start:end]
        root, tile = Frontier().extend(part).root(), b"".join(part)
        roots.update(f"[{start}, {end}) {root.hex()}\n".encode())
        for index in range(end - start):
            proof = inclusion(index, end - start).build(lambda _, __: tile)  # noqa: B023
            verify_inclusion(part[index], index, end - start, proof, root)
            line = [f"{start + index} [{start}, {end})", *[it.hex() for it in proof]]
            proofs.update(f"{' '.join(line)}\n".encode())
            lines += 1
    assert roots.hexdigest() == wanted["subtree_hash"]
    assert proofs.hexdigest() == wanted["subtree_inclusion"]
    count(f"vectors, subtrees of {SUBTREE_LEAVES} leaves: all roots and {lines:,} inclusion proofs")


def test_the_reference_of_these_tests_proves_consistency_as_published(
    shared: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    wanted = extracted(shared, "mtc_subtree_accumulated")["accumulated_sha256"]
    monkeypatch.setattr(reference, "LEAVES", [leaf_hash(bytes([it])) for it in range(SUBTREE_LEAVES)])
    reference.mth.cache_clear()
    proofs, lines = hashlib.sha256(), 0
    for size in range(SUBTREE_LEAVES + 1):
        for start, end in subtrees(size):
            proof = reference.subproof(start, end, 0, size) if start < end else []
            line = [f"[{start}, {end}) {size}", *[it.hex() for it in proof]]
            proofs.update(f"{' '.join(line)}\n".encode())
            lines += 1
    reference.mth.cache_clear()
    assert proofs.hexdigest() == wanted["subtree_consistency"]
    count(f"vectors, subtrees of {SUBTREE_LEAVES} leaves: {lines:,} consistency proofs")


def subtrees(size: int) -> list[tuple[int, int]]:
    """List the subtrees of a tree: each starts at a multiple of the power of two that it fits in."""
    return [
        (start, end)
        for end in range(size + 1)
        for start in range(end + 1)
        if start % (1 << (end - start - 1).bit_length() if end - start > 1 else 1) == 0
    ]


def test_ed25519(shared: Path, count: Count) -> None:
    path = shared / "vectors" / "wycheproof-ed25519" / "ed25519_test.json"
    tried = {"valid": 0, "invalid": 0}
    for group in json.loads(path.read_bytes())["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            made, message = bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            assert ed25519_verifies(key, made, message) == (case["result"] == "valid"), case["tcId"]
            tried[case["result"]] += 1
    assert sum(tried.values()) == 151
    count(f"vectors, Ed25519: 151 of 151, {tried['invalid']} of them forged and refused")


def test_signed_notes(shared: Path, count: Count) -> None:
    case = extracted(shared, "signed_note")
    for it in case["positive"]:
        raw = it["note"].encode()
        note, verifier = parse_note(raw), Verifier.from_vkey(it["vkey"])
        assert note.to_bytes() == raw
        assert [key for key, _ in note.signed_by([verifier])] == [verifier]
        assert verifier.vkey == it["vkey"]
        if "skey" in it:
            signer = Signer.from_skey(it["skey"])
            assert (signer.skey, signer.verifier) == (it["skey"], verifier)
            assert sign(note.text, signer).to_bytes() == raw
    for vkey in case["bad_vkeys"]:
        with pytest.raises(MalformedKey):
            Verifier.from_vkey(vkey)
    for text in case["malformed_notes_with_PeterNeumann"]:
        with pytest.raises(MalformedNote):
            parse_note(text.encode())
    for text in case["unverifiable_format_examples"]:
        note = parse_note(text.encode())
        assert note.to_bytes() == text.encode()
        assert parse_checkpoint(note.text).to_text() == note.text
        with pytest.raises(NotSigned):
            open_checkpoint(text.encode(), [Verifier.from_vkey(it["vkey"]) for it in case["positive"]])
    bad = len(case["bad_vkeys"]) + len(case["malformed_notes_with_PeterNeumann"])
    count(f"vectors, signed notes: {len(case['positive'])} verified, {bad} malformed and refused")


def test_checkpoint_texts(shared: Path, count: Count) -> None:
    case = extracted(shared, "checkpoint_format")
    for it in case["marshal"]:
        root = it["hash_utf8"].encode()
        assert Checkpoint(it["origin"], it["size"], root).to_text() == it["want"]
        # These are no SHA-256 hashes, so that they are written as published, but never read.
        assert len(root) != HASH_BYTES
        with pytest.raises(MalformedCheckpoint):
            parse_checkpoint(it["want"])
    for text in case["unmarshal_errors"]:
        with pytest.raises(Refused):
            parse_checkpoint(text)
    written, bad = len(case["marshal"]), len(case["unmarshal_errors"])
    count(f"vectors, checkpoint texts: {written} written, {bad} malformed and refused")
