"""Plants and inverters in a path, and whose they are."""

from typing import Annotated

from freischalt.domain.ids import InverterSerial, PlantId, account_of
from freischalt.domain.refusal import Refusal, RefusalCode
from freischalt_api.api import Api, path
from freischalt_api.plant_shapes import PLANT_PATTERN, SERIAL_PATTERN
from freischalt_api.problems import Refused

PlantNo = Annotated[str, path(PLANT_PATTERN)]
SerialNo = Annotated[str, path(SERIAL_PATTERN)]


def own(app: Api, id_: str) -> PlantId:
    """The plant's id, if it is the caller's: else there is no such plant. Raises Refused."""
    if account_of(PlantId(id_)) != app.account():
        raise Refused(Refusal(RefusalCode.NOT_FOUND))
    return PlantId(id_)


def serial_in(path_: str) -> InverterSerial:
    return InverterSerial(path_.upper())
