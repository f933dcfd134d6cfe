"""The seams to the eventsourcing library: its mapper, its factory and its errors, as a ledger needs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from eventsourcing.persistence import (
    InfrastructureFactory,
    JSONTranscoder,
    Mapper,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresFactory

from domain.entry import read_entry
from domain.refusals import DatabaseGone
from domain.store.appender import Options
from domain.store.datastore import LedgerDatastore
from domain.store.recorder import ShardRecorder


class EntryMapper(Mapper[str]):
    """Reads entries from their canonical bytes; they are written by `Ledger.record` alone."""

    def __init__(self) -> None:
        """Take no transcoder, compressor or cipher: the bytes are canonical."""
        super().__init__(JSONTranscoder())

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401  an entry of whichever event
        """Read the entry that a stored event holds."""
        return read_entry(stored_event.topic, stored_event.state, 0, 0)

    def to_stored_event(self, _: object) -> NoReturn:
        """Refuse: the ledger decides, numbers and dates entries itself."""
        raise TypeError("entries are written by Ledger.record, not by Application.save")


class LedgerFactory(PostgresFactory):
    """Makes what the library's applications ask for, on a datastore that exists already."""

    def __init__(self, datastore: LedgerDatastore, options: Options) -> None:
        """Take the datastore; nothing is read from the process's environment."""
        InfrastructureFactory.__init__(self, {})
        self.datastore = datastore
        self.ledger_datastore = datastore
        self.options = options

    def application_recorder(self) -> ShardRecorder:
        """Make the recorder of the shard that the options name."""
        return ShardRecorder(self.ledger_datastore, options=self.options)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the library's errors of the database into a refusal."""
    try:
        yield
    except PersistenceError as error:
        raise DatabaseGone(hint=str(error).strip().partition("\n")[0]) from error
