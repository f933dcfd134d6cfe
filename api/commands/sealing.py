"""`daybook prove`, `daybook verify-proof` and `daybook seal`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from api.commands.shared import AsJson, open_input, open_ledger, write_output
from api.output import Screen, screen_of

if TYPE_CHECKING:
    from domain.ledger import Ledger
    from domain.notary.notary import Notary
    from domain.seal.keys import Verifier, Witness

EntryId = Annotated[UUID, typer.Argument(metavar="ENTRY", help="The entry's id.")]
Out = Annotated[Path | None, typer.Option(help="Write it to this file, such as entry.tlog-proof.")]
Size = Annotated[
    int | None,
    typer.Option("--checkpoint", min=1, help="Prove it by the checkpoint of this size; else by the newest."),
]
ProofFile = Annotated[Path, typer.Argument(metavar="FILE", help="A proof; - is stdin.")]
Keys = Annotated[
    list[str], typer.Option("--key", help="A public key of the log, as published; several where it changed.")
]
Witnesses = Annotated[
    list[str] | None, typer.Option("--witness", help="The public key of a witness that must have cosigned.")
]
OneShard = Annotated[int | None, typer.Option("--shard", min=0, help="Which log; else all.")]
RemoveOld = Annotated[
    bool, typer.Option("--remove-old", help="Remove the old secret key; else it is set aside.")
]
Cosigned = Annotated[
    Path | None, typer.Option(help="Keep this checkpoint, which witnesses have cosigned; - is stdin.")
]
Anew = Annotated[
    bool,
    typer.Option("--anew", help="Those outside are lost for good: begin again with the newest one inside."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("prove")(prove)
    app.command("verify-proof")(verify_proof)
    group = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
    group.command("keys")(keys)
    group.command("rotate")(rotate)
    group.command("checkpoint")(checkpoint)
    app.add_typer(group, name="seal", help="The seal of the logs: their public keys and signed checkpoints.")


def prove(
    context: typer.Context, entry_id: EntryId, out: Out = None, size: Size = None, _json: AsJson = False
) -> None:
    """Prove that an entry stands in the log, in a file that needs nothing else.

    The file (c2sp.org/tlog-proof) holds the entry, its place in the log, and a
    checkpoint that the log's key has signed. `daybook verify-proof` checks it
    anywhere, and so do other tools.

    daybook prove 0198c0de-0000-7000-8000-000000000001 --out entry.tlog-proof
    daybook seal keys
    daybook verify-proof entry.tlog-proof --key 'VKEY'
    """
    screen = screen_of(context)
    with open_ledger(screen, "audit") as ledger:
        proof = ledger.prove(entry_id, size=size)
    text = proof.to_bytes().decode()
    if out is not None:
        write_output(out, text)
    if screen.json:
        position = proof.file.index + 1
        screen.row({"entry": str(entry_id), "position": position, "proof": text})
    elif out is None:
        sys.stdout.write(text)
    else:
        screen.note(f"{out} proves the entry at position {proof.file.index + 1}.")


def verify_proof(
    context: typer.Context, file: ProofFile, key: Keys, witness: Witnesses = None, _json: AsJson = False
) -> None:
    """Check a proof without a ledger and without a network, and say what it proves.

    The keys are what you trust: take them from whom you trust, not from whoever
    gave you the proof.

    daybook verify-proof entry.tlog-proof --key 'Riverside-Power/0+1b2c3d4e+AbCd...'
    daybook verify-proof - --key 'VKEY' --witness 'VKEY' --json < entry.tlog-proof
    """
    from api.proved import proved, proved_table

    screen = screen_of(context)
    plain = proved(_read(file), _verifiers(key), _witnesses(witness))
    if screen.json:
        screen.row(plain)
    else:
        screen.show("Proved.", proved_table(plain))


def keys(context: typer.Context, _json: AsJson = False) -> None:
    """Show the public keys that verify what the ledger has signed.

    Publish them: whoever checks a proof has to know them beforehand. The last
    one of each log signs now, from its size on.

    daybook seal keys
    """
    screen = screen_of(context)
    with open_ledger(screen) as ledger:
        for shard in range(ledger.facts.shards):
            for found in ledger.seal_keys(shard):
                plain = {"shard": shard, "from_size": found.from_size, "vkey": found.vkey}
                if screen.json:
                    screen.row(plain)
                else:
                    sys.stdout.write(found.vkey + "\n")


def rotate(
    context: typer.Context, shard: OneShard = None, remove_old: RemoveOld = False, _json: AsJson = False
) -> None:
    """Change the secret key of a log, of all logs by default.

    The log as it is now is signed by both keys: so whoever trusts the old one
    can trust the new one. What the old key signed stays proved by it.

    daybook seal rotate
    daybook seal rotate --shard 0 --remove-old
    """
    screen = screen_of(context)
    with open_ledger(screen, "admin") as ledger:
        for it in _shards(ledger, shard):
            published = _notary(ledger).rotate(it, remove_old=remove_old)
            newest = ledger.seal_keys(it)[-1]
            _tell(screen, it, published.note, {"vkey": newest.vkey, "from_size": newest.from_size})


def checkpoint(
    context: typer.Context,
    shard: OneShard = None,
    cosigned: Cosigned = None,
    witness: Witnesses = None,
    anew: Anew = False,
    _json: AsJson = False,
) -> None:
    """Sign the log as it is now, and print the checkpoint, for a witness to cosign.

    One that comes back with cosignatures is kept with --cosigned; a proof by it
    (`daybook prove --checkpoint SIZE`) carries them.

    daybook seal checkpoint > checkpoint.txt
    daybook seal checkpoint --cosigned checkpoint.txt --witness 'VKEY'
    """
    screen = screen_of(context)
    witnesses = _witnesses(witness)
    if witnesses and cosigned is None:
        raise typer.BadParameter("it goes with --cosigned", param_hint="--witness")
    with open_ledger(screen, "admin" if anew else "audit") as ledger:
        if cosigned is not None:
            _take_cosigned(screen, ledger, _read(cosigned), witnesses)
            return
        for it in _shards(ledger, shard):
            published = _notary(ledger).publish(it, anew=anew)
            _tell(screen, it, published.note, {"size": published.size})
            for trouble in published.troubles:
                screen.note(f"warning: {trouble}", "yellow")


def _take_cosigned(screen: Screen, ledger: "Ledger", note: bytes, witnesses: "list[Witness]") -> None:
    opened = _notary(ledger).take_cosigned(note, witnesses)
    size, names = opened.checkpoint.size, [it.witness.name for it in opened.cosignatures]
    if screen.json:
        screen.row({"log": opened.checkpoint.origin, "size": size, "cosigned_by": names})
    else:
        said = ", ".join(names) or "nobody that you named"
        screen.show(f"The checkpoint over {size} entries is kept, cosigned by {said}.")


def _shards(ledger: "Ledger", shard: int | None) -> list[int]:
    return list(range(ledger.facts.shards)) if shard is None else [shard]


def _notary(ledger: "Ledger") -> "Notary":
    assert ledger.notary is not None, "every command opens the ledger with a notary"
    return ledger.notary


def _tell(screen: Screen, shard: int, note: bytes, plain: dict[str, Any]) -> None:
    """Print a signed checkpoint, as it is or in an object."""
    text = note.decode()
    if screen.json:
        screen.row({"shard": shard, **plain, "checkpoint": text})
    else:
        sys.stdout.write(text)


def _verifiers(texts: list[str]) -> "list[Verifier]":
    from domain.seal.keys import Verifier

    return [Verifier.from_vkey(text) for text in texts]


def _witnesses(texts: list[str] | None) -> "list[Witness]":
    from domain.seal.keys import Witness

    return [Witness.from_vkey(text) for text in texts or ()]


def _read(path: Path) -> bytes:
    with open_input(path) as file:
        return file.read()
