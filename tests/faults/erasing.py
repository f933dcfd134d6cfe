"""Processes that write of persons, and one that approves an erasure and is killed at a step."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from domain.entry import Draft
from domain.erasure.eraser import Eraser
from domain.events.party import CustomerDetailsChanged
from domain.ledger import Ledger
from domain.notary.keys import KeyFolder
from domain.notary.notary import Notary
from domain.notary.outside import FolderOutside
from domain.policies.retention import load
from domain.refusals import Refused
from tests.drafts import draft
from tests.overseers import SECOND, overseer
from tests.vaults import vault_of

CUSTOMERS = ("1", "2", "3")
VICTIM = "1"
WRITE, APPROVE = "write", "approve"


@dataclass(frozen=True, slots=True)
class Work:
    """What a process does: where its ledger and its folders lie, and as which writer, or which request.

    A writer is asked for its batches on stdin. The one who approves is killed when it comes to the step.
    """

    do: str
    url: str
    folder: str
    writer: int = 0
    request: str = ""
    step: str = ""

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Open the ledger."""
        folder = Path(self.folder)
        notary = Notary(self.url, KeyFolder(folder / "keys"), [FolderOutside(folder / "outside-0")])
        with Ledger.open(self.url, notary=notary, vault=vault_of(self.url)) as ledger:
            yield ledger

    def text(self) -> str:
        """The work as an argument of the command line."""
        return json.dumps(asdict(self))


def name_of(writer: int, batch: int, customer: str) -> str:
    """What a writer calls a customer in a batch; the id of the entry follows from it."""
    return f"Zebedee {writer} {batch} of {customer}"


def named(writer: int, batch: int, customer: str) -> Draft:
    """The draft that says so."""
    name = name_of(writer, batch, customer)
    return draft(customer, CustomerDetailsChanged(name=name), id=uuid5(NAMESPACE_OID, name))


def write(work: Work) -> None:
    """Write names for each batch whose number is asked for, and say when they are recorded."""
    with work.open() as ledger:
        for line in sys.stdin:
            outcomes = ledger.record([named(work.writer, int(line), it) for it in CUSTOMERS])
            assert not any(isinstance(it, Refused) for it in outcomes), outcomes
            print(int(line), flush=True)


def approve(work: Work) -> None:
    """Approve an erasure, as far as the step."""

    def step(name: str) -> None:
        if name == work.step:
            os.kill(os.getpid(), signal.SIGKILL)

    with work.open() as ledger:
        made = Eraser(overseer=overseer(ledger, SECOND), retention=load(), step=step)
        print(made.approve(work.request).keys, flush=True)


def main() -> None:
    """Do the work that the argument says."""
    work = Work(**json.loads(sys.argv[1]))
    {WRITE: write, APPROVE: approve}[work.do](work)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main()
