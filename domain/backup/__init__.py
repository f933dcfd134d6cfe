"""Backup and restore of a ledger by its own means: any PostgreSQL gives what any other one takes.

manifest     what a backup consists of: its files, its ledger, how far each log had grown
tables       which tables and columns go where: the ledger to one folder, what opens it to another
part         one folder while it is filled
files        one file of a backup: written once, compressed, with its digest
taking       making a backup while the ledger goes on
checking     reading a backup back: whole, undamaged, and of one run
restoring    making a ledger of it, and growing its trees anew
fingerprints those of the entries by a new key, where the keys were not given
published    what was published since, and whether the restored ledger goes on
progress     how far either has come
refusals     what is refused
"""
