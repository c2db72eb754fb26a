"""Plants and inverters as they come in and go out over HTTP, with every limit."""

from pydantic import Field

from freischalt_api.shapes import Out


class InverterTypeOut(Out):
    name: str
    power_w: int = Field(description="Nominal power in watts")
    least_firmware: str = Field(description="The oldest firmware that can be monitored")


class InverterTypesOut(Out):
    types: list[InverterTypeOut]
    unknown_power_w: int = Field(description="What counts for the type `unknown`, in watts")
