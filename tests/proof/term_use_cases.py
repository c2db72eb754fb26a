"""Use cases of plants, their ends and repairs, registered as all others are (use_cases.py)."""

from tests.proof import plants
from tests.proof.entries import (
    ACCOUNT,
    ANNA,
    DAY,
    OF_THE_ACCOUNT,
    Call,
    Changes,
    Costs,
    Portion,
    Schedule,
    Upload,
    UseCase,
    a_call,
    of_anna,
    of_olga,
)
from tests.proof.given_terms import (
    LARGER,
    LIST,
    NOW,
    OTHER_PLANT,
    PLANT,
    SMALL,
    a_list,
    a_plant,
    a_repair,
    another_plant,
    bought,
    ends_in,
)
from tests.proof.plants import NEW_SERIAL
from tests.proof.repairs import CONTACT

SITE = {
    "country": "AT",
    "postalCode": "1010",
    "city": "Wien",
    "latitude": 48.2,
    "longitude": 16.4,
}
NEW_PLANT = of_anna(
    "POST /plants",
    "term_api",
    name="Dach Nord",
    site=SITE,
    temperatureCoefficient=-0.38,
    azimuth=0,
    tilt=30,
    moduleArea=61.5,
    feedInTariff=8.11,
)
ADDED = of_anna(
    f"POST /plants/{PLANT}/inverters",
    "term_api",
    serial=NEW_SERIAL,
    activationCode="{code}",
    type=SMALL,
)
OUTGROWN = of_anna(
    f"POST /plants/{PLANT}/inverters",
    "term_api",
    serial=NEW_SERIAL,
    activationCode="{code}",
    type=LARGER,
    acceptGrowth=True,
)
EXCHANGED = of_anna(
    f"POST /plants/{PLANT}/inverters/SN-1001/exchange",
    "term_api",
    serial=NEW_SERIAL,
    activationCode="{code}",
    type=SMALL,
)
ENTITLED = Call("entitlements", f"GET /entitlements/{PLANT}", {}, ANNA, ACCOUNT, key="")
REPAIR_WANTED = of_anna(
    "POST /repair-orders",
    "term_api",
    contact={"name": "Werkstatt", "email": CONTACT},
    device={"category": "new", "type": "AE 3TL 23", "serial": "SN-7"},
    remoteMonitoring="keine",
    fault="Er speist nicht ein.",
)
REPAIR_OFFERED = of_olga(
    f"{OF_THE_ACCOUNT}/repair-orders/{{repair}}/offer",
    items=[{"text": "Fehlerdiagnose", "netCents": 9_900}],
    text="Wir sehen uns das Gerät an.",
    validUntil="{in_ten_days}",
)
REPAIR_ACCEPTED = Call(
    "term_api", "POST /repair-orders/{repair}/acceptance", {}, ANNA, ACCOUNT, "once", "1"
)
REPAIR_DONE = of_olga(f"{OF_THE_ACCOUNT}/repair-orders/{{repair}}/completion")


PLANTS_AND_TERMS = (
    a_call("inverter added", ADDED, Costs(3, 1, 9, 7), given=a_plant()),
    a_call(
        "inverter added that outgrows the licence",
        OUTGROWN,
        Costs(4, 1, 11, 8),
        given=a_plant(bought(ago=100 * DAY)),
    ),
    a_call("inverter exchanged", EXCHANGED, Costs(3, 1, 13, 9), given=a_plant()),
    a_call("plant made", NEW_PLANT, Costs(4, 0, 6, 6), given=a_plant()),
    a_call(
        "plant ended",
        of_anna(f"DELETE /plants/{OTHER_PLANT}", "term_api", key=""),
        Costs(3, 0, 4, 4),
        given=a_plant(another_plant),
    ),
    a_call("entitlement asked", ENTITLED, Costs(1, 0, 0, 2), given=a_plant()),
    UseCase(
        "plants to be told of handed out",
        Schedule("tell_terms", NOW),
        Costs(16, 1, 0, 8),
        given=a_plant(ends_in(13)),
        then=plants.hand_out,
    ),
    UseCase(
        "end of a term told",
        Portion(ACCOUNT),
        Costs(4, 0, 6, 2.5),
        given=a_plant(ends_in(13)),
    ),
    UseCase("no end to be told", Schedule("tell_terms", NOW), Costs(16, 0, 0, 8), given=a_plant()),
    UseCase(
        "list of inverters imported",
        Upload(LIST),
        Costs(12, 2, 25, 17),
        given=a_plant(a_list("SN-3001", "SN-3002")),
    ),
    UseCase(
        "list of inverters refused",
        Upload(LIST),
        Costs(7, 2, 5, 11),
        given=a_plant(a_list("SN-3001", "SN-1001")),
    ),
    UseCase(
        "list of inverters given up",
        Schedule("import_inverters", NOW),
        Costs(11, 0, 19, 10.5),
        given=a_plant(a_list("SN-3001", "SN-3002", "SN-3003", state="checking", staged=2)),
        then=plants.give_up_lists,
    ),
    UseCase("no list given up", Schedule("import_inverters", NOW), Costs(1, 0, 0, 0.5)),
    a_call("repair wanted", REPAIR_WANTED, Costs(4, 0, 10, 5), given=a_plant()),
    a_call("repair offered", REPAIR_OFFERED, Costs(3, 0, 9, 4), given=a_plant(a_repair())),
    a_call(
        "repair accepted",
        REPAIR_ACCEPTED,
        Costs(4, 0, 10, 6),
        given=a_plant(a_repair("offered", 9_900)),
    ),
    a_call(
        "repair done",
        REPAIR_DONE,
        Costs(3, 0, 4, 3),
        given=a_plant(a_repair("accepted", 9_900)),
    ),
    UseCase(
        "audit of orders of terms",
        Changes("write_audit"),
        Costs(3, 0, 3, 0),
        given=a_plant(),
        before=(NEW_PLANT, ADDED, REPAIR_WANTED),
        then=lambda model, _: model.write_trail(),
    ),
    UseCase(
        "audit of an exchange",
        Changes("write_audit"),
        Costs(2, 0, 2, 0),
        given=a_plant(),
        before=(EXCHANGED,),
        with_faults=False,
        then=lambda model, _: model.write_trail(),
    ),
)
