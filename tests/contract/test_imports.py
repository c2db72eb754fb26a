"""Imports of releases: all of a file or nothing, whatever happens in between."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from freischalt.adapters.dynamodb_imports import DynamoDbImports
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.items import dongle_of, service_of
from freischalt.domain import release_file
from freischalt.domain.account import Account
from freischalt.domain.conversation import Service
from freischalt.domain.dongle import Dongle, Grant, Release
from freischalt.domain.ids import AccountNumber, ImportId, KeyId
from freischalt.domain.licence import CaratId
from freischalt.domain.release_file import (
    Grants,
    ImportProgress,
    ImportState,
    ReleaseFile,
    read_releases,
)
from freischalt.errors import ImportRefused, LostRace, TooManyRaces
from freischalt.use_cases import vendor
from freischalt.use_cases.import_releases import (
    Ending,
    check_accounts,
    discard_import,
    import_releases,
)
from local.ministack import CREDENTIALS, REGION, MiniStack
from local.processes import a_free_port
from tests.conftest import TABLE, create_table
from tests.contract.promises import DynamoDbStore
from tests.factories import (
    ACCOUNT,
    CARAT_ID,
    INFORMATION,
    KEY,
    NOON,
    OTHER_ACCOUNT,
    PHONE,
    a_dongle,
    a_release,
)
from tests.fakes import FakeCodeMaker

CHUNK = 3


class Killed(BaseException):
    """As if the process had ended here: nothing may catch it."""


class Kill:
    """Kills at the n-th transaction of a client, before it is sent or after it was made."""

    def __init__(self, client: Any, n: int, *, after: bool) -> None:
        self._left = n
        self._events = client.meta.events
        self._event = f"{'after' if after else 'before'}-call.dynamodb.TransactWriteItems"
        self._events.register(self._event, self)

    def __call__(self, **_: Any) -> None:
        self._left -= 1
        if not self._left:
            self._events.unregister(self._event, self)
            raise Killed


def a_file(dongles: int, *, start: int = 1, points: int = 5) -> ReleaseFile:
    """Releases for so many dongles, every third for both accounts."""
    rows = [
        f"{account},{n:08X},{points},{'yes' if n % 2 else 'no'}\n"
        for n in range(start, start + dongles)
        for account in (ACCOUNT, OTHER_ACCOUNT)[: 2 if n % 3 == 0 else 1]
    ]
    return read_releases(("account,carat_id,points,e\n" + "".join(rows)).encode())


class World:
    """A table, the imports in it, and what readers see."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.imports = DynamoDbImports(client, TABLE)
        self.desk = DynamoDbVendorDesk(client, TABLE)
        self.store = DynamoDbStore(client)
        self.settled = 0
        self.told: list[int] = []
        for number in (ACCOUNT, OTHER_ACCOUNT):
            self.desk.add_account(Account(number=number, company="Müller", created_at=NOON))

    def settle(self) -> None:
        self.settled += 1

    def run(self, file: ReleaseFile, *, imports: DynamoDbImports | None = None) -> Ending:
        return import_releases(
            file,
            imports=imports or self.imports,
            key_id=KEY,
            now=NOON,
            pause=lambda _: None,
            settle=self.settle,
            tell=self.told.append,
        )

    def discard(self, file: ReleaseFile) -> Ending:
        return discard_import(
            file, imports=self.imports, pause=lambda _: None, tell=self.told.append
        )

    def items(self) -> dict[str, Any]:
        pages = self.client.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
        return {item["PK"]["S"]: item for page in pages for item in page["Items"]}

    def dongles(self) -> dict[CaratId, Dongle]:
        names = {name.partition("#")[2]: item for name, item in self.items().items()}
        return {
            CaratId(id_): dongle_of(CaratId(id_), item)
            for id_, item in names.items()
            if item["SK"]["S"] == "DONGLE"
        }

    def seen(self) -> dict[tuple[CaratId, AccountNumber], Release]:
        """What all readers together see as released."""
        unpublished = service_of(self.items().get("SERVICE")).unpublished
        return {
            (id_, account): release
            for id_, dongle in self.dongles().items()
            for account, release in dongle.folded(unpublished).releases.items()
        }


def all_of(file: ReleaseFile) -> dict[tuple[CaratId, AccountNumber], Release]:
    return {
        (row.carat_id, row.account): Release(
            row.grant.points, row.grant.e_protocol, row.grant.user_information
        )
        for row in file.rows
    }


@pytest.fixture
def world(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(release_file, "DONGLES_A_CHUNK", CHUNK)
    return World(dynamodb)


# --- the good way


def test_an_imported_file_is_released(world: World) -> None:
    file = a_file(7)

    assert world.run(file) is Ending.PUBLISHED

    assert world.seen() == all_of(file)
    assert world.desk.service() == Service()
    assert {dongle.key_id for dongle in world.dongles().values()} == {KEY}
    assert world.imports.progress(file.id) == ImportProgress(ImportState.PUBLISHED, 3)
    assert world.told == [0, 1, 2, 3, 3]
    assert world.settled == 1


def test_importing_the_same_file_again_changes_nothing(world: World) -> None:
    file = a_file(7)
    world.run(file)
    before = world.items()

    assert world.run(file) is Ending.PUBLISHED_BEFORE

    assert world.items() == before


def test_what_was_there_before_stays(world: World) -> None:
    bound = a_release(points=31, user_information=INFORMATION, e_protocol=False)
    dongle = a_dongle({ACCOUNT: bound}, carat_id=CaratId("00000001"), version=8, key_id=KeyId("0"))
    world.store.put_dongle(dongle)

    world.run(a_file(1))

    stored, service = world.desk.dongle(dongle.carat_id)
    assert (stored.version, stored.key_id, stored.releases) == (9, "0", dongle.releases)
    assert stored.folded(service.unpublished).releases == {
        ACCOUNT: a_release(points=31, user_information=INFORMATION, e_protocol=True)
    }


def test_an_sms_sees_a_release_from_the_moment_of_publishing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = f"account,carat_id,points,e\n{ACCOUNT},{CARAT_ID},31,no\n"
    seen = []

    def releases() -> Any:
        read = world.store.messages.read(phone=PHONE, message_id="m1", carat_id=CARAT_ID)
        assert read.dongle
        return read.dongle.folded(read.service.unpublished).releases

    publish = world.imports.publish

    def look_and_publish(import_id: ImportId, **arguments: Any) -> None:
        seen.append(releases())
        publish(import_id, **arguments)
        seen.append(releases())

    monkeypatch.setattr(world.imports, "publish", look_and_publish)
    world.run(read_releases(rows.encode()))

    assert seen == [{}, {ACCOUNT: Release(31)}]


# --- the vendor's mistakes


def test_every_unknown_account_is_named_and_nothing_is_written(world: World) -> None:
    rows = [f"{n},{n:08X},5,no\n" for n in range(10000, 10150)]
    file = read_releases(("account,carat_id,points,e\n" + "".join(rows)).encode())

    with pytest.raises(ImportRefused) as refused:
        check_accounts(file, imports=world.imports)

    assert len(refused.value.problems) == 148
    assert refused.value.problems[:2] == [
        "line 2, column account: there is no account 10000",
        "line 5, column account: there is no account 10003",
    ]
    assert world.items().keys() == {"ACCOUNT#10001", "ACCOUNT#10002"}


# --- interruptions


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("n", range(1, 6))
def test_an_import_that_is_killed_goes_on_where_it_was(
    world: World, n: int, *, after: bool
) -> None:
    file = a_file(7)  # begin, three chunks, publish: five transactions
    Kill(world.client, n, after=after)

    with pytest.raises(Killed):
        world.run(file)

    published = n == 5 and after
    assert world.seen() == (all_of(file) if published else {})
    assert world.run(file) is (Ending.PUBLISHED_BEFORE if published else Ending.PUBLISHED)
    assert world.seen() == all_of(file)
    assert {dongle.version for dongle in world.dongles().values()} == {1}
    assert world.desk.service() == Service()


def test_workers_know_of_an_import_before_its_first_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file(7)

    def settle() -> None:
        assert world.desk.service().unpublished == {file.id}
        assert world.dongles() == {}
        raise Killed

    monkeypatch.setattr(world, "settle", settle)
    for _ in range(2):  # whoever goes on does not know whether the other has waited
        with pytest.raises(Killed):
            world.run(file)


def test_two_imports_at_a_time_do_not_see_each_other(world: World) -> None:
    one, two = a_file(7), a_file(7, points=9)
    Kill(world.client, 4, after=False)
    with pytest.raises(Killed):
        world.run(one)

    world.run(two)

    assert world.seen() == all_of(two)
    assert world.desk.service().unpublished == {one.id}
    world.run(one)
    assert {release.points for release in world.seen().values()} == {9}


class Quicker(DynamoDbImports):
    """Imports where another process with the same file takes each step first."""

    def stage(self, import_id: ImportId, chunk: int, grants: Grants, *, key_id: KeyId) -> None:
        super().stage(import_id, chunk, grants, key_id=key_id)
        super().stage(import_id, chunk, grants, key_id=key_id)


def test_two_who_import_the_same_file_write_each_chunk_once(world: World) -> None:
    file = a_file(12)

    world.run(file, imports=Quicker(world.client, TABLE))

    assert world.seen() == all_of(file)
    assert {dongle.version for dongle in world.dongles().values()} == {1}


class Contended(DynamoDbImports):
    """Imports whose chunks always meet somebody else's transaction."""

    def stage(self, import_id: ImportId, chunk: int, grants: Grants, *, key_id: KeyId) -> None:
        raise LostRace


def test_an_import_that_loses_every_race_gives_up_and_can_go_on(world: World) -> None:
    file = a_file(7)

    with pytest.raises(TooManyRaces, match="run the same file again"):
        world.run(file, imports=Contended(world.client, TABLE))

    assert world.run(file) is Ending.PUBLISHED


# --- discarding


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("n", range(1, 5))
def test_a_discarded_import_leaves_nothing(world: World, n: int, *, after: bool) -> None:
    file = a_file(7)
    kept = a_dongle(carat_id=CaratId("00000001"), version=1)
    world.store.put_dongle(kept)
    Kill(world.client, 4, after=False)
    with pytest.raises(Killed):
        world.run(file)
    before = world.seen()

    Kill(world.client, n, after=after)  # giving up, two chunks, forgetting
    with pytest.raises(Killed):
        world.discard(file)
    staged = any(dongle.staged for dongle in world.dongles().values())
    assert not staged or world.desk.service().unpublished == {file.id}
    assert world.seen() == before
    world.discard(file)

    assert world.seen() == before == {(kept.carat_id, ACCOUNT): kept.releases[ACCOUNT]}
    assert not any(dongle.staged for dongle in world.dongles().values())
    assert world.desk.dongle(kept.carat_id)[0].version == 3  # who read it staged decides anew
    assert world.desk.service() == Service()
    assert world.imports.progress(file.id) is None
    assert world.run(file) is Ending.PUBLISHED


def test_what_is_published_is_not_discarded(world: World) -> None:
    file = a_file(7)
    world.run(file)

    with pytest.raises(ImportRefused, match="is published"):
        world.discard(file)

    assert world.seen() == all_of(file)


def test_what_was_never_imported_is_not_discarded(world: World) -> None:
    assert world.discard(a_file(7)) is Ending.NOTHING_TO_DISCARD


def test_what_is_being_discarded_is_not_imported(world: World) -> None:
    file = a_file(7)
    Kill(world.client, 4, after=False)
    with pytest.raises(Killed):
        world.run(file)
    world.imports.give_up(file.id)

    with pytest.raises(ImportRefused, match="is being discarded"):
        world.run(file)

    assert world.seen() == {}


# --- many rows, and others at work: on MiniStack, since moto copies the table for each transaction


@pytest.fixture(scope="module")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    folder = tmp_path_factory.mktemp("ministack")
    with MiniStack(a_free_port(), folder, keep_state=False) as running:
        yield running


@pytest.fixture
def connect(ministack: MiniStack, template: dict[str, Any]) -> Iterator[Callable[[], Any]]:
    """Clients of a new table."""
    clients = []

    def connect() -> Any:
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        client = session.client(
            "dynamodb", endpoint_url=ministack.endpoint, config=Config(max_pool_connections=1)
        )
        clients.append(client)
        return client

    first = connect()
    create_table(first, template)
    yield connect
    first.delete_table(TableName=TABLE)
    for client in clients:
        client.close()


def test_ten_thousand_rows_count_all_at_once(connect: Callable[[], Any]) -> None:
    file = a_file(7_500)
    assert len(file.rows) == 10_000
    world = World(connect())
    check_accounts(file, imports=world.imports)
    Kill(world.client, 40, after=True)

    with pytest.raises(Killed):
        world.run(file)

    assert world.seen() == {}
    assert len(world.dongles()) == 39 * release_file.DONGLES_A_CHUNK
    assert world.run(file) is Ending.PUBLISHED
    assert world.seen() == all_of(file)
    assert {dongle.version for dongle in world.dongles().values()} == {1}


def test_releases_made_by_hand_during_an_import_are_kept(connect: Callable[[], Any]) -> None:
    file = a_file(300)
    world = World(connect())
    desks = [DynamoDbVendorDesk(connect(), TABLE) for _ in range(4)]

    def make(n: int) -> None:
        act = vendor.Act(id=f"a{n}", actor="vendor:anna", at=NOON + timedelta(seconds=n))
        vendor.make_release(
            CaratId(f"{n * 7 + 1:08X}"),
            OTHER_ACCOUNT,
            Grant(77, e_protocol=False),
            act=act,
            desk=desks[n % 4],
            codes=FakeCodeMaker(),
            pause=lambda _: None,
        )

    with ThreadPoolExecutor(5) as pool:
        importing = pool.submit(world.run, file)
        list(pool.map(make, range(40)))

    assert importing.result() is Ending.PUBLISHED
    by_hand = {(CaratId(f"{n * 7 + 1:08X}"), OTHER_ACCOUNT) for n in range(40)}
    seen = world.seen()
    assert seen.keys() == all_of(file).keys() | by_hand
    assert {key for key, release in seen.items() if release.points == 77} == by_hand


def test_five_who_import_the_same_file_write_it_once(connect: Callable[[], Any]) -> None:
    file = a_file(500)
    worlds = [World(connect())]
    worlds += [_another(worlds[0], connect()) for _ in range(4)]

    with ThreadPoolExecutor(5) as pool:
        endings = list(pool.map(lambda world: world.run(file), worlds))

    assert set(endings) <= {Ending.PUBLISHED, Ending.PUBLISHED_BEFORE}
    assert worlds[0].seen() == all_of(file)
    assert {dongle.version for dongle in worlds[0].dongles().values()} == {1}
    assert worlds[0].desk.service() == Service()


def _another(world: World, client: Any) -> World:
    other = object.__new__(World)
    other.__dict__ |= world.__dict__ | {"client": client, "told": []}
    other.imports = DynamoDbImports(client, TABLE)
    return other
