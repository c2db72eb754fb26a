"""What may be shown of plants, read from DynamoDB: of each item what is needed, and no more."""

import re
from collections.abc import Iterable, Mapping
from time import sleep
from typing import TYPE_CHECKING

from freischalt.account_ports import Page
from freischalt.adapters import keys
from freischalt.adapters.attribute_values import from_item
from freischalt.adapters.book_items import day
from freischalt.adapters.consistent_reads import get_all
from freischalt.adapters.items import locks_of
from freischalt.adapters.plant_items import terms_of
from freischalt.adapters.public_plant_items import public_plant_of
from freischalt.domain.entitlement import Subject
from freischalt.domain.ids import AccountNumber, PlantId, account_of
from freischalt.domain.locks import Lock
from freischalt.domain.public_plant import PublicPlant
from freischalt.domain.term import Rights

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NEEDED = ("trial_from", "terms", "locks", "ended_at", "guests", "erased")
"""Of a plant and its owner: reading all of them costs more than deciding about it."""


PLACE = re.compile(r"[A-Z]{2}#[^#]{1,40}#[0-9a-f]{16}")
"""A row's sort key, after which a page begins; after one that is made up, a page is read, too."""


class DynamoDbEntitlements:
    """Fits the ports `Entitlements` and `PublicPlants`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def subject(self, plant: PlantId) -> Subject | None:
        wanted = [keys.plant(plant), keys.account(account_of(plant))]
        found = get_all(self._client, self._table, wanted, sleep, names=NEEDED)
        items = [found.get((key["PK"]["S"], key["SK"]["S"])) for key in wanted]
        if items[0] is None or items[1] is None:
            return None
        read, owner = from_item(items[0]), from_item(items[1])
        if owner.get("erased"):
            return None
        rights = Rights(
            trial_from=day(read.get("trial_from")),
            terms=terms_of(read.get("terms", ())),
            locks=locks_of(read.get("locks", ())) + locks_of(owner.get("locks", ())),
            ended="ended_at" in read,
        )
        return Subject(plant=plant, rights=rights, guests=tuple(read.get("guests", ())))

    def page(self, *, after: str | None, limit: int) -> Page[PublicPlant]:
        if after is not None and not PLACE.fullmatch(after):
            raise ValueError("no place in the list")
        beyond = {":public": {"S": keys.PUBLIC}, ":after": {"S": after or " "}}
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="PK = :public AND SK > :after",
            ExpressionAttributeValues=beyond,
            Limit=limit,
        )
        last = answer.get("LastEvaluatedKey")
        rows = [public_plant_of(item) for item in answer["Items"]]
        return Page(rows, last["SK"]["S"] if last else None)

    def locks(self, accounts: Iterable[AccountNumber]) -> Mapping[AccountNumber, tuple[Lock, ...]]:
        wanted = {number: keys.account(number) for number in accounts}
        if not wanted:
            return {}
        found = get_all(self._client, self._table, [*wanted.values()], sleep, names=["locks"])
        return {
            number: locks_of(from_item(item).get("locks", ()))
            for number, key in wanted.items()
            if (item := found.get((key["PK"]["S"], key["SK"]["S"])))
        }
