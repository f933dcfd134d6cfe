"""Signed notes (c2sp.org/signed-note): a text, and signatures of keys with names under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.seal.encoding import base64_bytes, base64_text, is_key_name
from domain.seal.keys import Signature, Signer, Verifier
from domain.seal.refusals import BadSignature, MalformedNote

NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100
KEY_ID_BYTES: Final = 4
DASH: Final = "\u2014 "


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends a line, and its signatures, which nothing is said of until they are verified."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """Write the note: its text, an empty line, a line for each signature."""
        lines = [f"{DASH}{it.name} {base64_text(it.key_id + it.signature)}\n" for it in self.signatures]
        return f"{self.text}\n{''.join(lines)}".encode()

    def with_signatures(self, *more: Signature) -> "Note":
        """Return the note with further signatures, such as those of witnesses."""
        return Note(self.text, (*self.signatures, *more))

    def signed_by(self, keys: Sequence[Verifier]) -> list[tuple[Verifier, Signature]]:
        """Verify every signature in the name of these keys; return them, the first of each key.

        Signatures of unknown keys are passed over; BadSignature where one of a known key is wrong.
        """
        known = {(key.name, key.key_id): key for key in keys}
        found: dict[Verifier, Signature] = {}
        for it in self.signatures:
            key = known.get((it.name, it.key_id))
            if key is None:
                continue
            if not key.verify(self.text, it.signature):
                raise BadSignature("signature", f"{it.name}+{it.key_id.hex()}")
            found.setdefault(key, it)
        return list(found.items())


def sign(text: str, signer: Signer) -> Note:
    """Sign a text, which has to end a line and to have no other control characters."""
    if not text.endswith("\n") or _has_control_characters(text):
        raise MalformedNote("text", text, "It ends with a newline and has no other control characters.")
    return Note(text, (signer.sign(text),))


def parse_note(data: bytes) -> Note:
    """Read a signed note; MalformedNote says what is wrong with it."""
    if len(data) > NOTE_BYTES_MAX:
        raise MalformedNote("note", f"{len(data)} bytes", f"It has at most {NOTE_BYTES_MAX}.")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise MalformedNote("note", None, "It is not UTF-8.") from None
    if _has_control_characters(whole):
        raise MalformedNote("note", None, "It has a control character.")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        hint = "A text, an empty line and signature lines are expected, the last one ended."
        raise MalformedNote("note", None, hint)
    if lines.count("\n") > SIGNATURES_MAX:
        raise MalformedNote("signatures", lines.count("\n"), f"There may be {SIGNATURES_MAX}.")
    return Note(f"{text}\n", tuple([parse_signature(line) for line in lines[:-1].split("\n")]))


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline."""
    name, _, blob = line.removeprefix(DASH).partition(" ")
    data = base64_bytes(blob)
    if not line.startswith(DASH) or not is_key_name(name) or not data or len(data) <= KEY_ID_BYTES:
        raise MalformedNote("signature", line, "It is a dash (U+2014), the key's name, and base64.")
    return Signature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def _has_control_characters(text: str) -> bool:
    """Whether a text has control characters other than newline, which notes must not have."""
    return any(it < " " and it != "\n" for it in text)
