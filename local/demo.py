"""Demo data for the local stack: two customers with five phones each, and some dongles.

| Carat-ID | account | released                          | to try                           |
| -------- | ------- | --------------------------------- | -------------------------------- |
| 12345678 | 10001   | 31 points and E                   | `cl.31.1234567890ABCDEF`         |
| 0A1B2C3D | 10001   | 5 points                          | `cl.E.0A1B2C3D90ABCDEF`: row 11  |
| 11112222 | 10001   | 7 points and E, bound to DEADBEEF | `cl.7.1111222290ABCDEF`: row 9   |
| 33334444 | 10002   | 9 points                          | from the other account: row 8    |

| user     | password          | of                                                             |
| -------- | ----------------- | -------------------------------------------------------------- |
| `demo`   | `demo-2026!`      | account 10001                                                  |
| `vendor` | `vendor-2026!`    | the vendor: an operator, with a second factor                  |

Loaded once: what is there stays as it is.
"""

from dataclasses import replace
from datetime import UTC
from typing import NamedTuple

import boto3

from freischalt.account_ports import Put, Ref
from freischalt.adapters.argon2_hasher import Argon2Hasher
from freischalt.adapters.dynamodb_records import DynamoDbRecords
from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.catalogue_file import read_catalogue
from freischalt.clock import pause, utc_now
from freischalt.domain.account import Account
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, UserInformation
from freischalt.domain.user import Language, Password, Role, User, user_id
from freischalt.use_cases.vendor import Act, make_release, register_phone
from local.demo_phones import DEMO_PHONES
from local.ministack import CREDENTIALS, REGION
from local.processes import ROOT

CATALOGUE = ROOT / "layers" / "freischalt" / "catalogue.yaml"
COMPANIES = {"10001": "Müller Maschinenbau GmbH", "10002": "Huber Elektrotechnik KG"}


class DemoRelease(NamedTuple):
    carat_id: str
    account: str
    grant: Grant


DEMO_RELEASES = (
    DemoRelease("12345678", "10001", Grant(31, e_protocol=True)),
    DemoRelease("0A1B2C3D", "10001", Grant(5, e_protocol=False)),
    DemoRelease(
        "11112222", "10001", Grant(7, e_protocol=True, user_information=UserInformation("DEADBEEF"))
    ),
    DemoRelease("33334444", "10002", Grant(9, e_protocol=False)),
)


def load(endpoint: str, outputs: dict[str, str]) -> None:
    """Load what is missing into the stack with these outputs."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    desk = DynamoDbVendorDesk(
        session.client("dynamodb", endpoint_url=endpoint), outputs["TableName"]
    )
    codes = KmsCodeMaker(
        session.client("kms", endpoint_url=endpoint), KeyRing.read(outputs["KeyRing"])
    )
    for number, company in COMPANIES.items():
        if desk.account(AccountNumber(number)) is None:
            desk.add_account(
                Account(number=AccountNumber(number), company=company, created_at=utc_now())
            )
    load_users(session, endpoint, outputs)
    for phone in DEMO_PHONES:
        if phone.account:
            register_phone(phone.number, AccountNumber(phone.account), desk=desk, pause=pause)
    for carat_id, account, grant in DEMO_RELEASES:
        dongle, _ = desk.dongle(CaratId(carat_id))
        if dongle.releases.get(AccountNumber(account)):
            continue
        make_release(
            CaratId(carat_id),
            AccountNumber(account),
            grant,
            act=Act(id=f"demo-{carat_id}", actor="vendor:demo", at=utc_now()),
            desk=desk,
            codes=codes,
            pause=pause,
        )


DEMO_USER, DEMO_PASSWORD = "demo", "demo-2026!"
OPERATOR, OPERATOR_PASSWORD = "vendor", "vendor-2026!"


def load_users(session: boto3.Session, endpoint: str, outputs: dict[str, str]) -> None:
    """A customer's user who has accepted all documents, and an operator."""
    records = DynamoDbRecords(
        session.client("dynamodb", endpoint_url=endpoint), outputs["TableName"], UTC
    )
    account_ref = Ref(Account, (AccountNumber("10001"),))
    for name, password in ((DEMO_USER, DEMO_PASSWORD), (OPERATOR, OPERATOR_PASSWORD)):
        is_customer = name == DEMO_USER
        ref = Ref(User, (user_id(name),))
        seen = records.read(ref, account_ref)
        account = seen[account_ref]
        if seen[ref] or account is None:
            continue
        made = User(
            id=user_id(name),
            name=name,
            email=f"{name}@freischalt.example",
            language=Language.GERMAN,
            created_at=utc_now(),
            role=Role.CUSTOMER if is_customer else Role.OPERATOR,
            accounts=(account.number,) if is_customer else (),
            accepted=read_catalogue(CATALOGUE.read_text("utf-8")).versions if is_customer else {},
            password=Password(Argon2Hasher().hash(password), utc_now()),
            second_factor=None if is_customer else "demo",
        )
        changes = [Put(made)]
        if is_customer:
            changes.append(Put(replace(account, users=(*account.users, made.id))))
        records.write(*changes)
