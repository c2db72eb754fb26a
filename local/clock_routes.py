"""The clock over HTTP: what it shows, and how it is put forward.

| request | answer |
| --- | --- |
| `GET /clock` | `{"now", "aheadSeconds"}` |
| `POST /clock` `{"days"?, "hours"?}` | the same; 400 unless it goes forward, ten years at most |

What EventBridge would have started meanwhile starts within seconds, once: MiniStack's schedules go
by this clock (`mended_ministack.py`).
"""

import logging
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.clock import FARTHEST, Clock, ClockError
from local.request_body import BadRequestError, Field, read
from local.timestamps import iso

logger = logging.getLogger(__name__)

MOST_HOURS = FARTHEST // timedelta(hours=1)


def clock_routes(clock: Clock) -> list[Route]:
    async def show(_request: Request) -> JSONResponse:
        ahead = int(clock.ahead().total_seconds())
        return JSONResponse({"now": iso(clock.now()), "aheadSeconds": ahead})

    async def move(request: Request) -> JSONResponse:
        try:
            given = read(await request.body(), FIELDS)
            clock.move(timedelta(**given))
        except BadRequestError as bad:
            return _refused(*bad.broken)
        except ClockError as error:
            return _refused(("body", error.rule))
        logger.info("the clock is %s ahead", clock.ahead())
        return await show(request)

    return [Route("/clock", show), Route("/clock", move, methods=["POST"])]


def _refused(*broken: tuple[str, str]) -> JSONResponse:
    errors = [{"field": field, "rule": rule} for field, rule in broken]
    return JSONResponse({"errors": errors}, HTTPStatus.BAD_REQUEST)


def _number(value: Any) -> str | None:
    if type(value) is not int:  # nor a bool, which is one
        return "integer"
    return None if 0 <= value <= MOST_HOURS else "range"


FIELDS = {"days": Field(_number, required=False), "hours": Field(_number, required=False)}
