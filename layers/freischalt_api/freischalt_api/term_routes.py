"""All routes of the function `term_api`: plants, and what is bought and repaired for them."""

from freischalt.use_cases.office import Office
from freischalt_api.api import Api
from freischalt_api.plant_routes import add_plants
from freischalt_api.repair_routes import add_repairs


def add_routes(app: Api, office: Office) -> None:
    add_plants(app, office)
    add_repairs(app, office)
