"""Demo data for the local stack: two customers with five phones each, and some dongles.

| Carat-ID | account | released                          | to try                           |
| -------- | ------- | --------------------------------- | -------------------------------- |
| 12345678 | 10001   | 31 points and E                   | `cl.31.1234567890ABCDEF`         |
| 0A1B2C3D | 10001   | 5 points                          | `cl.E.0A1B2C3D90ABCDEF`: row 11  |
| 11112222 | 10001   | 7 points and E, bound to DEADBEEF | `cl.7.1111222290ABCDEF`: row 9   |
| 33334444 | 10002   | 9 points                          | from the other account: row 8    |

Loaded once: what is there stays as it is.
"""

from typing import NamedTuple

import boto3

from freischalt.adapters.dynamodb_vendor_desk import DynamoDbVendorDesk
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.domain.account import Account
from freischalt.domain.dongle import Grant
from freischalt.domain.ids import AccountNumber
from freischalt.domain.key_ring import KeyRing
from freischalt.domain.licence import CaratId, UserInformation
from freischalt.services import pause, utc_now
from freischalt.use_cases.vendor import Act, make_release, register_phone
from local.demo_phones import DEMO_PHONES
from local.ministack import CREDENTIALS, REGION

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
