"""The vault: personal data sealed inside entries, the keys that open it, and search by a keyed index.

subjects    whom a field is about: the name under which their keys are kept
sealed      one sealed value: its text, how it is sealed, opened, and checked when disclosed
blind       what names, phones and addresses are looked up by
hidden      what is shown to those who may not read personal data
keys        the key-encryption keys that wrap the keys of data subjects: from a file or the environment
keyring     data keys: unwrapped, kept for a while, made where there are none
vault       all of it on a ledger's database: seal events, open what they hold, find, destroy keys
ending      the end of data keys
rotation    wrapping all data keys anew
"""
