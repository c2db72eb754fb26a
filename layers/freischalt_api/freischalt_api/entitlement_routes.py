"""What apps and data services ask (may this plant be shown?), and what everybody may see."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from aws_lambda_powertools.event_handler import Response

from freischalt.domain.entitlement import Entitlement, entitlement
from freischalt.domain.ids import PlantId, account_of
from freischalt.domain.plant import PLANT_ID
from freischalt.domain.public_plant import PublicPlant
from freischalt.domain.refusal import FieldProblem, Refusal, RefusalCode
from freischalt.domain.term import TermState
from freischalt.domain.user import Language
from freischalt.domain.validation import Verdict
from freischalt.entitlement_ports import Entitlements, PublicPlants
from freischalt.texts_api import VERDICTS, in_language, locked_until
from freischalt_api.lean import LeanApi
from freischalt_api.problems import Refused

LONGEST = 60
"""Seconds that an answer may be kept at most, so that a lock shows."""

MOST_PLANTS, SOME_PLANTS = 100, 50
LONGEST_PLACE = 200
REASONS = {
    None: Verdict.NOT_ACTIVATED,
    TermState.EXPIRED: Verdict.EXPIRED,
    TermState.ENDED: Verdict.EXPIRED,
}


def add_entitlements(app: LeanApi, entitlements: Entitlements, time_zone: tzinfo) -> None:
    @app.get("/entitlements/<subject>")
    def get_entitlement(subject: str) -> Response[str]:
        account = app.account()
        now = app.now().astimezone(time_zone)
        found = entitlements.subject(PlantId(subject)) if PLANT_ID.fullmatch(subject) else None
        if found is None or not found.is_open_to(account):
            raise Refused(Refusal(RefusalCode.NOT_FOUND))  # the same for both
        answer = entitlement(found, now.date())
        change = None
        if answer.next_change:
            change = datetime.combine(answer.next_change, time(), time_zone)
        body = json.dumps(entitlement_out(answer, change, app.language), ensure_ascii=False)
        return app.cached(body, f"private, max-age={seconds_until(change, now)}")


def entitlement_out(
    answer: Entitlement, change: datetime | None, language: Language
) -> dict[str, Any]:
    return {
        "subject": answer.plant,
        "allowed": answer.allowed,
        "state": answer.state,
        "until": answer.until and answer.until.isoformat(),
        "renewable": answer.renewable,
        "nextChange": change and f"{change.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "reason": None if answer.allowed else _reason(answer, language),
    }


def _reason(answer: Entitlement, language: Language) -> str:
    if answer.held:
        return locked_until(answer.held.until, language)
    return in_language(VERDICTS[REASONS[answer.state]], language)


def seconds_until(change: datetime | None, now: datetime) -> int:
    """How long an answer of now is right, in whole seconds.

    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> seconds_until(noon + timedelta(seconds=9.9), noon), seconds_until(None, noon)
    (9, 60)
    """
    if change is None:
        return LONGEST
    left = change.astimezone(UTC) - now.astimezone(UTC)
    return max(0, min(LONGEST, left // timedelta(seconds=1)))


def add_public_plants(app: LeanApi, plants: PublicPlants, time_zone: tzinfo) -> None:
    @app.get("/plants/public")
    def get_public_plants() -> Response[str]:
        asked: dict[str, str] = app.current_event.query_string_parameters or {}
        limit = _limit(asked.get("limit"))
        try:
            page = plants.page(after=_place(asked.get("after")), limit=limit)
        except ValueError:
            raise _wrong("after", "must be `next` of the page before") from None
        now = app.now().astimezone(time_zone)
        locks = plants.locks({account_of(row.plant) for row in page.things})
        shown = [
            public_plant_out(row)
            for row in page.things
            if (of_owner := locks.get(account_of(row.plant))) is not None
            and row.is_shown(now.date(), of_owner)
        ]
        body = json.dumps({"plants": shown, "next": _further(page.next)}, ensure_ascii=False)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), time_zone)
        return app.cached(body, f"public, max-age={seconds_until(midnight, now)}")


def public_plant_out(row: PublicPlant) -> dict[str, Any]:
    """Where it is, how large, what it produced; its id would tell whose it is."""
    reported = row.production
    return {
        "country": row.country,
        "postalCode": row.postal_code,
        "city": row.city,
        "generatorPowerW": row.generator_power_w,
        "acPowerW": row.ac_power_w,
        "production": reported
        and {
            "on": reported.on.isoformat(),
            "dayWh": reported.day_wh,
            "totalWh": reported.total_wh,
        },
    }


def _limit(text: str | None) -> int:
    if text is None:
        return SOME_PLANTS
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_PLANTS))):
        raise _wrong("limit", f"must be 1 to {MOST_PLANTS}")
    if not 1 <= int(text) <= MOST_PLANTS:
        raise _wrong("limit", f"must be 1 to {MOST_PLANTS}")
    return int(text)


def _place(after: str | None) -> str | None:
    """Raises ValueError for what is no text in Base64."""
    if after is None:
        return None
    if len(after) > LONGEST_PLACE:
        raise ValueError("too long for a place")
    return urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode()


def _further(next_: str | None) -> str | None:
    return urlsafe_b64encode(next_.encode()).decode().rstrip("=") if next_ else None


def _wrong(field: str, rule: str) -> Refused:
    problem = FieldProblem(field, rule)
    return Refused(Refusal(RefusalCode.VALIDATION_FAILED, problems=(problem,)))
