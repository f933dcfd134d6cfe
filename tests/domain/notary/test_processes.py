"""Several processes that append and sign at once, and processes that are killed."""

import subprocess
import sys
from itertools import pairwise

import pytest

from domain.ledger import Ledger
from domain.seal import proofs
from domain.seal.checkpoint import open_checkpoint
from domain.seal.verify import verify_consistency
from domain.store import tiles
from tests.conftest import ROOT
from tests.domain.notary.office import Office
from tests.drafts import draft, opened, refusals
from tests.embedded import wait_for

WRITER = """
import sys
from pathlib import Path
from domain.ledger import Ledger
from domain.notary.keys import KeyFolder
from domain.notary.notary import Notary
from domain.notary.outside import FolderOutside
from tests.drafts import draft, opened, refusals
url, folder, who = sys.argv[1:]
notary = Notary(url, KeyFolder(Path(folder) / "keys"), [FolderOutside(Path(folder) / "outside")])
with Ledger.open(url, notary=notary) as ledger:
    for n in range(20):
        assert refusals(ledger.record([draft(f"{who}-{n}", opened("A"))])) == [None]
        notary.publish(0)
"""


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_a_process_killed_at_any_moment_leaves_a_log_that_can_be_signed(office: Office, size: int) -> None:
    args = [office.store.url, str(office.folder), "w"]
    writer = subprocess.Popen([sys.executable, "-c", WRITER, *args], cwd=ROOT)
    wait_for(lambda: office.latest().size >= size, "so many entries signed")
    writer.kill()
    writer.wait()
    with office.ledger() as ledger:
        assert refusals(ledger.record([draft("after", opened("A"))])) == [None]
    assert office.latest().size == office.store.check()
    assert office.sizes()[-1] == office.latest().size
    assert set(office.sizes()) <= {size for size, _ in office.outside().kept(0)}


def test_processes_that_sign_at_once_sign_one_history(office: Office) -> None:
    args = [office.store.url, str(office.folder)]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, *args, f"w{n}"], cwd=ROOT) for n in range(2)]
    seen = []
    while any(writer.poll() is None for writer in writers):
        seen.append(office.latest().size)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen == sorted(seen)
    kept = list(office.outside().kept(0))
    assert [size for size, _ in kept] == office.sizes()
    assert len(kept) == len(set(office.sizes()))
    assert office.latest().size == 40
    checkpoints = [open_checkpoint(note, office.verifiers()).checkpoint for _, note in kept]
    with Ledger.open(office.store.url) as ledger, ledger.recorders[0].reading() as connection:
        for earlier, later in pairwise(checkpoints[1:]):
            path = tiles.hashes(connection, 0, proofs.consistency(earlier.size, later.size))
            verify_consistency(earlier.size, earlier.root, later.size, later.root, path)
