"""Plants and inverters, as customers enter them and put into the table at once."""

from typing import Any
from uuid import uuid4

from freischalt.account_ports import Put
from freischalt.clock import utc_now
from freischalt.domain.activation import VERSION, activation_code
from freischalt.domain.ids import AccountNumber, InverterSerial, plant_id
from freischalt.domain.plant import UsedActivation
from freischalt.domain.purposes import ACTIVATION
from tests.privilege.desk import Desk
from tests.term_factories import a_plant, an_inverter

A_PLANT: dict[str, Any] = {
    "name": "Scheune",
    "site": {
        "country": "DE",
        "postalCode": "72555",
        "city": "Metzingen",
        "latitude": 48.5376,
        "longitude": 9.2833,
    },
    "temperatureCoefficient": -0.38,
    "azimuth": 180,
    "tilt": 30,
    "moduleArea": 61.5,
    "feedInTariff": 8.11,
    "public": True,
}


def new_serial() -> InverterSerial:
    return InverterSerial(f"SN-{uuid4().hex[:12].upper()}")


def printed_code(desk: Desk, serial: InverterSerial) -> str:
    return activation_code(desk.secrets.secret(ACTIVATION, VERSION), serial)


def put_plant(desk: Desk, account: AccountNumber) -> tuple[str, InverterSerial]:
    """The account's first, with one inverter: their paths."""
    id_, serial = plant_id(account, 1), new_serial()
    plant = a_plant(id=id_, version=0)
    inverter = an_inverter(serial=serial, plant=id_, version=0)
    used = UsedActivation(serial=serial, plant=id_, at=utc_now())
    desk.records.write(Put(plant), Put(inverter), Put(used))
    return f"/plants/{id_}", serial
