"""Verifies a ledger: recomputes all of it from the stored bytes, and compares it with what was signed.

run           the whole ledger, shard by shard, in as many processes as asked for
shard         one shard: the tree over its ranges, and what only the whole shard tells
ranges        one range of 65,536 entries, a subtree that is verified by itself
entries, form, fingerprints     entries one by one: bytes, columns, order, fingerprint, sealed values
tiles, subtree, doubts          leaf hashes against the stored tiles
order         versions and ids across the shard
heads, verdict                  the head row and the checkpoints against the tree
checkpoints, shelf              where checkpoints are kept, and the keys that they are opened with
findings, report                what was found, and how it is told
"""

from replay.verify.findings import Finding, Kind
from replay.verify.report import Report, ShardReport
from replay.verify.run import Options, verify

__all__ = ["Finding", "Kind", "Options", "Report", "ShardReport", "verify"]
