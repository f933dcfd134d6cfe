"""The head row held against the tree that the entries lead to."""

from domain.seal.tree import HASH_BYTES, split_hashes
from replay.verify.findings import Finding, Findings, Kind
from replay.verify.reading import StoredHead, moment_of
from replay.verify.verdict import Span, Story, Verdict


def check_head(
    shard: int, head: StoredHead, found: Story, sealed: Story, verdict: Verdict, findings: Findings
) -> None:
    """Compare peaks and root, and say between which positions the log left what was signed.

    The peaks pin that down further than the checkpoints do, where the head row is still as it was.
    """
    spans, left = _differing(shard, head, (found, sealed), findings), verdict.left()
    verdict.finish(spans)
    unsaid = [span for span in spans if span.common(left) is None]
    for span in unsaid:
        unsigned = span.common([Span(verdict.fits_to + 1, head.size)])
        if unsigned is None:
            findings.add(Finding(Kind.HEAD_CHANGED, shard, column="peaks"))
        else:
            findings.add(Finding(Kind.HEAD_DIFFERS, shard, *unsigned))
    if not spans:
        _check_root(shard, head, (found, sealed), findings)


def check_head_clock(shard: int, head: StoredHead, last_recorded_at: int | None, findings: Findings) -> None:
    """Check that the clock is not behind the last entry."""
    if last_recorded_at is not None and head.recorded_at < last_recorded_at:
        expected, found = moment_of(last_recorded_at), moment_of(head.recorded_at)
        findings.add(Finding(Kind.HEAD_CLOCK, shard, expected=expected, found=found))


def _differing(shard: int, head: StoredHead, stories: tuple[Story, Story], findings: Findings) -> list[Span]:
    """Return the positions under the peaks that are in neither story."""
    told = [story.peaks for story in stories if story.peaks is not None]
    if not told:
        return []
    if len(head.peaks) != head.size.bit_count() * HASH_BYTES:
        findings.add(Finding(Kind.HEAD_CHANGED, shard, column="peaks"))
        return []
    spans, end = [], 0
    sizes = [1 << height for height in reversed(range(head.size.bit_length())) if head.size >> height & 1]
    for number, (size, peak) in enumerate(zip(sizes, split_hashes(head.peaks), strict=True)):
        if peak not in [peaks[number] for peaks in told]:
            spans.append(Span(end + 1, end + size))
        end += size
    return spans


def _check_root(shard: int, head: StoredHead, stories: tuple[Story, Story], findings: Findings) -> None:
    roots = [root for root in (story.whole() for story in stories) if root is not None]
    if roots and head.root not in roots:
        expected, found = roots[0].hex(), head.root.hex()
        findings.add(Finding(Kind.HEAD_CHANGED, shard, column="root", expected=expected, found=found))
