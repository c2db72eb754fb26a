"""What customers do with their plants."""

from freischalt.use_cases.office import Office
from freischalt_api.api import Api
from freischalt_api.plant_shapes import InverterTypeOut, InverterTypesOut


def add_plants(app: Api, office: Office) -> None:
    @app.get("/inverter-types", tags=["Plants"], summary="Inverters that can be monitored")
    def get_types() -> InverterTypesOut:
        """Until its real type is known, an inverter of the type `unknown` counts as told here."""
        catalogue = office.sells
        return InverterTypesOut(
            types=[
                InverterTypeOut(
                    name=type_.name, power_w=type_.power_w, least_firmware=type_.least_firmware
                )
                for type_ in catalogue.inverter_types.values()
            ],
            unknown_power_w=catalogue.unknown_power_w,
        )
