"""The eventsourcing library's own contract cases, unmodified, against our recorder."""

from pathlib import Path
from typing import Any, ClassVar, Literal
from unittest import TestCase
from uuid import UUID, uuid4

from eventsourcing.tests.persistence import (
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from domain.store.datastore import LedgerDatastore
from domain.store.recorder import ShardRecorder
from tests.database import Store, new_ledger, system_binaries

SYSTEM = system_binaries()


class OurRecorder(TestCase):
    """Makes the recorder under test, in a ledger of its own."""

    ID_TYPE: ClassVar[Literal["uuid", "text"]] = "text"
    BINARIES: ClassVar[Path | None] = None

    def setUp(self) -> None:
        self.store = Store(new_ledger(binaries=self.BINARIES))
        self.addCleanup(self.store.drop)

    def create_recorder(self) -> ShardRecorder:
        datastore = LedgerDatastore(self.store.url, originator_id_type=self.ID_TYPE)
        self.addCleanup(datastore.close)
        recorder = ShardRecorder(datastore)
        self.addCleanup(recorder.close)
        return recorder

    def new_originator_id(self) -> UUID | str:
        return uuid4() if self.ID_TYPE == "uuid" else f"customer:{uuid4()}"


class TestApplicationRecorderText(OurRecorder, ApplicationRecorderTestCase[Any]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderUuid(TestApplicationRecorderText):
    ID_TYPE = "uuid"


class TestNonInterleavingText(OurRecorder, NonInterleavingNotificationIDsBaseCase):
    pass


class TestNonInterleavingUuid(TestNonInterleavingText):
    ID_TYPE = "uuid"


if SYSTEM:

    class TestApplicationRecorderOnTheSystemsServer(TestApplicationRecorderText):
        BINARIES = SYSTEM[-1]

    class TestApplicationRecorderUuidOnTheSystemsServer(TestApplicationRecorderUuid):
        BINARIES = SYSTEM[-1]

    class TestNonInterleavingOnTheSystemsServer(TestNonInterleavingText):
        BINARIES = SYSTEM[-1]

    class TestNonInterleavingUuidOnTheSystemsServer(TestNonInterleavingUuid):
        BINARIES = SYSTEM[-1]


del TestCase, ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
