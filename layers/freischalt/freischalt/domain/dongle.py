"""A dongle and what has been released for it: by orders, by the vendor, by imports.

A release holds points, E yes or no, and, from the first fetch on, the user information it is
bound to; until then it matches any. Each account sees and changes only its own release.

A grant is the vendor's word that at least so much is released. Grants of an import are staged
beside the releases and count from the moment the import is published: see `Dongle.folded`.

>>> granted(Release(points=7), Grant(points=5, e_protocol=True)).points
7
>>> user = UserInformation("90ABCDEF")
>>> upgraded = replace(Release(points=5).fetched(Points(5), user), points=7)
>>> upgraded.was_fetched(Points(5), user), upgraded.was_fetched(Points(7), user)
(True, False)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from freischalt.domain.ids import AccountNumber, ImportId, KeyId, OrderNumber
from freischalt.domain.licence import CaratId, LicenceType, Points, UserInformation
from freischalt.domain.locks import Lock


@dataclass(frozen=True, slots=True)
class Release:
    """What one account may fetch for one dongle; what was fetched of it is paid up."""

    points: int = 0
    e_protocol: bool = False
    user_information: UserInformation | None = None
    locks: tuple[Lock, ...] = ()
    fetched_points: int = 0
    fetched_e: bool = False

    @property
    def is_in_use(self) -> bool:
        """Something of it was fetched."""
        return self.fetched_points > 0 or self.fetched_e

    def was_fetched(self, asked: LicenceType, user_information: UserInformation) -> bool:
        """What a lock of the scope `new` spares: no more than what was handed out before."""
        if user_information != self.user_information:
            return False
        if isinstance(asked, Points):
            return asked.quantity <= self.fetched_points
        return self.fetched_e

    def fetched(self, asked: LicenceType, user_information: UserInformation) -> Self:
        """As it is afterwards: bound to the user information, if it was not before."""
        bound = replace(self, user_information=user_information)
        if isinstance(asked, Points):
            return replace(bound, fetched_points=max(asked.quantity, self.fetched_points))
        return replace(bound, fetched_e=True)

    def matches(self, user_information: UserInformation) -> bool:
        return self.user_information in {None, user_information}


@dataclass(frozen=True, slots=True)
class Grant:
    """At least this is released; other user information than the bound one starts anew."""

    points: int
    e_protocol: bool
    user_information: UserInformation | None = None

    @property
    def details(self) -> dict[str, str]:
        """What the trail says of it."""
        told = {"points": str(self.points), "e_protocol": "yes" if self.e_protocol else "no"}
        if self.user_information:
            told["user_information"] = self.user_information
        return told


def granted(release: Release | None, grant: Grant) -> Release:
    """The release with the grant in it."""
    if release is None:
        return Release(grant.points, grant.e_protocol, grant.user_information)
    if grant.user_information and not release.matches(grant.user_information):
        return Release(grant.points, grant.e_protocol, grant.user_information, release.locks)
    return replace(
        release,
        points=max(release.points, grant.points),
        e_protocol=release.e_protocol or grant.e_protocol,
        user_information=release.user_information or grant.user_information,
    )


@dataclass(frozen=True, slots=True)
class RecentOrder:
    """An order that took effect, remembered so that its repeated text is recognised.

    `text` is a digest of the sender and the text's normal form.
    """

    text: str
    order_number: OrderNumber
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dongle:
    """One dongle; `version` is 0 while nothing is stored, and rises by one with each write."""

    carat_id: CaratId
    version: int = 0
    key_id: KeyId | None = None
    releases: Mapping[AccountNumber, Release] = field(default_factory=dict)
    staged: Mapping[ImportId, Mapping[AccountNumber, Grant]] = field(default_factory=dict)
    recent_orders: tuple[RecentOrder, ...] = ()

    def folded(self, unpublished: Collection[ImportId]) -> Self:
        """The dongle as it counts: grants of published imports are part of the releases."""
        releases = dict(self.releases)
        for import_id in sorted(self.staged.keys() - set(unpublished)):
            for account, grant in self.staged[import_id].items():
                releases[account] = granted(releases.get(account), grant)
        waiting = {id_: grants for id_, grants in self.staged.items() if id_ in unpublished}
        return replace(self, releases=releases, staged=waiting)

    def with_release(self, account: AccountNumber, release: Release) -> Self:
        return replace(self, releases={**self.releases, account: release})
