"""Erasure: the keys of a data subject are destroyed, and every proof goes on to hold.

grounds      what keeps personal data although its erasure is asked for: holds, open matters, retention
outlook      what an erasure would take, what would keep it now, and what stays linkable after it
remembered   what is remembered of erasures outside the database, so that nobody comes back from a backup
eraser       requesting an erasure, and making it, in an order that any crash may interrupt
cleaning     what the database itself may still hold of destroyed keys
holds        the legal holds in force
refusals     what is refused
"""
