"""Taking away what the database still holds of keys that were destroyed, as far as it can itself.

PostgreSQL keeps the old version of a changed row until the table is vacuumed; the room that is freed so is
overwritten when it is used again. Old keys also stand in the write-ahead log until its segments are recycled.
All of these are wrapped, as those in backups are: where the key that wrapped them is destroyed after a
rotation, nothing opens them.
"""

from domain.store.connections import connect
from domain.store.sql import queries


def clean(owner_url: str) -> bool:
    """Clean the tables where destroyed keys and their tokens stood; return whether this user may."""
    sql = queries("erasure")
    with connect(owner_url) as connection:
        row = connection.execute(sql["may_vacuum"]).fetchone()
        if row is None or not row[0]:
            return False
        connection.execute(sql["vacuum_keys"])
        connection.execute(sql["vacuum_index"])
    return True
