"""Shows people why the demo's ledger can be trusted, within 100 columns."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from api.demo.show import heading
from api.demo.trust import Trust
from api.output import plain_text
from replay.verify import Finding


def shown_trust(trust: Trust) -> Iterator[RenderableType]:
    """Show the receipt, the erasure, the verification, and what it says of a copy that was harmed."""
    receipt, forgotten, verified = trust.receipt, trust.forgotten, trust.verified
    yield heading("Proved", "the customer's last payment, by a file and the log's public key alone")
    place = f"position {receipt['position']:,} of {receipt['size']:,}"
    yield plain_text(f"  {place}, in {receipt['bytes']:,} bytes, signed by {receipt['log']}")
    yield heading("Forgotten", "asked for by one principal, approved by another")
    if forgotten.keys:
        name = f"{forgotten.before} ({forgotten.customer}) is now {forgotten.after}"
        yield plain_text(f"  {name}: {forgotten.keys} key destroyed, all {forgotten.entries} entries stay")
    else:
        yield plain_text(f"  {forgotten.customer} has been {forgotten.after} since an earlier run")
    yield heading("Verified", "every hash, number, time and signature worked out anew")
    wrong = f"{len(verified.wrong)} findings" if verified.wrong else "nothing wrong"
    yield plain_text(f"  {verified.size:,} entries in {verified.seconds:.1f} s: {wrong}")
    yield from map(_finding, verified.wrong)
    yield heading("Harmed", f"one bit of position {trust.harmed:,}, on a copy, which is verified, too")
    yield from map(_finding, trust.found)


def _finding(finding: Finding) -> Text:
    return plain_text(f"  {finding.sentence}")
