"""The notary: signs what the log has become, and keeps the signed checkpoints where the database is not.

keys        seal keys: one a shard, in a folder of their own
outside     where checkpoints are kept outside the database: a protocol, and folders
signed      what was signed so far, and that the log still extends it
signing     one shard's acts: its first key, a checkpoint, a change of keys
notary      all shards of a process: guards appends, signs when the log has grown
proof       the proof of one entry, as a file
proving     how it is made
"""
