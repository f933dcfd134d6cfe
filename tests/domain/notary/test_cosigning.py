"""Checkpoints that come back from witnesses: verified, kept with what was there, refused if not ours."""

import pytest

from domain.notary.refusals import LogForked
from domain.seal.checkpoint import open_checkpoint
from domain.seal.keys import Signer
from domain.seal.refusals import BadSignature, NotSigned, OtherLog
from tests.domain.notary.office import Office
from tests.domain.notary.test_outside import signed
from tests.domain.notary.witness import TIME, TestWitness


class TestCosigned:
    def test_cosignatures_are_verified_and_kept(self, office: Office) -> None:
        office.grow(3)
        witness, stranger = TestWitness("witness.example/w1"), TestWitness("stranger.example", 2)
        with office.notary() as notary:
            note = stranger.cosign(witness.cosign(notary.publish(0).note))
            opened = notary.take_cosigned(note, [witness.public])
        (cosignature,) = opened.cosignatures
        assert (cosignature.witness, cosignature.time) == (witness.public, TIME)
        assert (office.outside().latest(0), office.inside()[-1]) == (note, (3, note.decode()))
        both = [witness.public, stranger.public]
        assert len(open_checkpoint(note, office.verifiers(), both).cosignatures) == 2

    def test_each_witness_may_come_by_itself(self, office: Office) -> None:
        office.grow(3)
        witnesses = [TestWitness(f"w{n}.example", n) for n in (1, 2)]
        with office.notary() as notary:
            note = notary.publish(0).note
            for it in witnesses:
                notary.take_cosigned(it.cosign(note), [it.public])
            office.grow(2)
            notary.publish(0)
            notary.take_cosigned(TestWitness("w3.example", 3).cosign(note), [])
        kept = dict(office.outside().kept(0))
        assert kept[3].count(b"\n\xe2\x80\x94 ") == 4
        assert office.latest().size == 5
        assert office.inside()[-1][0] == 5
        assert [note for size, note in office.inside() if size == 3][-1].encode() == kept[3]

    def test_a_wrong_cosignature_is_refused(self, office: Office) -> None:
        witness, forger = TestWitness("witness.example"), TestWitness("witness.example", 2)
        office.grow(3)
        with office.notary() as notary:
            note = notary.publish(0).note
            cosigned = witness.cosign(note)
            spoilt = cosigned[:-6] + (b"A" if cosigned[-6:-5] != b"A" else b"B") + cosigned[-5:]
            with pytest.raises(BadSignature):
                notary.take_cosigned(spoilt, [witness.public])
            with pytest.raises(NotSigned, match="None of the witnesses named has cosigned it"):
                notary.take_cosigned(forger.cosign(note), [witness.public])
        assert office.outside().latest(0) == note

    def test_what_is_not_of_this_log_is_refused(self, office: Office) -> None:
        office.grow(3)
        key = office.keys.known(0)
        assert key is not None
        with office.notary() as notary:
            notary.publish(0)
            for note, refusal in (
                (signed(3), NotSigned),
                (signed(3, key), LogForked),
                (signed(2, key), LogForked),
                (signed(4, key), LogForked),
                (signed(3, Signer("other/0", bytes(32))), OtherLog),
            ):
                with pytest.raises(refusal):
                    notary.take_cosigned(note, [])
        assert office.sizes() == [0, 3]
