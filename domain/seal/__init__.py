"""The seal's arithmetic: tree, proofs, tiles, signed notes and checkpoints, proof files; all of it pure.

tree, growth      the tree's hashes, and how it grows: peaks, and the tiles that fill up
proofs, verify    inclusion and consistency proofs: made from tiles, checked without them
tiles             names of tiles and entry bundles, and the bytes of bundles
keys, note        Ed25519 keys and signed notes, witnesses' cosignatures included
checkpoint        what a log signs: its origin, size and root
tlog_proof        the receipt that proves one entry offline
"""
