"""All routes of the function `term_api`: plants, and what is bought and repaired for them."""

from freischalt.ports import OrderNumbers
from freischalt.use_cases.office import Office
from freischalt_api.api import Api
from freischalt_api.plant_routes import add_plants
from freischalt_api.repair_routes import add_repairs
from freischalt_api.term_order_routes import add_term_orders
from freischalt_api.withdrawal_routes import add_withdrawals


def add_routes(app: Api, office: Office, numbers: OrderNumbers) -> None:
    add_plants(app, office)
    add_term_orders(app, office, numbers)
    add_repairs(app, office)
    add_withdrawals(app, office)
