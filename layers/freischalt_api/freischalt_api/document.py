"""The one OpenAPI document of all functions: `openapi.json` beside this file, checked in.

    make document

It says what Powertools cannot know: our problems, what API Gateway answers by itself, and tokens.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from freischalt_api import (
    customer_routes,
    document_pages,
    entitlement_shapes,
    inverter_list_routes,
    invoice_routes,
    operator_plant_routes,
    operator_quote_routes,
    operator_repair_routes,
    operator_routes,
    payment_routes,
    settlement_routes,
    sign_in_routes,
    term_operator_routes,
    term_routes,
)
from freischalt_api.api import Api
from freischalt_api.problems import PROBLEM
from freischalt_api.shapes import FileOut, ProblemOut

type Json = dict[str, Any]

OPEN = {("post", "/sessions"), ("post", "/operator/sessions")} | {
    (method, path)
    for method, path in (
        ("post", "/registrations"),
        ("post", "/registrations/validation"),
        ("post", "/password-resets"),
        ("post", "/password-resets/redemption"),
        ("get", "/documents"),
        ("get", "/documents/{kind}"),
        ("get", "/plants/public"),
        ("get", "/inverter-types"),
        ("get", "/prices"),
        ("get", "/withdrawals"),
        ("post", "/withdrawals"),
        ("get", "/repairs/categories"),
        ("get", "/repairs/prices"),
    )
}
CACHED = {("get", "/entitlements/{subject}"), ("get", "/plants/public")}
NOT_MODIFIED = {"description": "As it was: the client has it already"}
BY_API_GATEWAY = {
    "401": 'No token (by API Gateway, `{"message": "Unauthorized"}`)',
    "403": 'The token is not valid any more (by API Gateway, `{"message": "Forbidden"}`), '
    "or not for this",
    "429": "Too many requests (by API Gateway)",
}
GATEWAY = {
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}
AT_AN_ADDRESS = {
    "description": "Larger than 64 KiB: at `url`, which is called without the token",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/FileOut"}}},
}
PROBLEMS = {
    "400": "The request cannot be read",
    "404": "Not found",
    "409": "It does not fit what is there",
    "412": "Documents to accept first, or changed meanwhile",
    "413": "Larger than 64 KiB",
    "415": "Not JSON",
    "422": "Fields break rules; `errors` names them",
    "423": "Locked; `Retry-After` says for how long, where that is known",
    "428": "`If-Match` is missing",
    "500": "Our fault",
    "503": "Maintenance, or too many changes at once",
}


def document() -> Json:
    """The whole document; no service is reached, as no route is called."""
    nothing: Any = None
    apis = [Api(now=lambda: datetime.now(UTC)) for _ in range(4)]
    customers, sign_in, operators, terms = apis
    customer_routes.add_routes(customers, nothing, nothing, nothing, nothing)
    sign_in_routes.add_routes(sign_in, nothing, nothing, nothing)
    operator_routes.add_routes(operators, nothing, nothing, nothing, nothing)
    term_operator_routes.add_operator_term_routes(operators, nothing, nothing)
    term_routes.add_routes(terms, nothing, nothing)
    operator_plant_routes.add_operator_plants(operators, nothing)
    operator_quote_routes.add_operator_quotes(operators, nothing)
    operator_repair_routes.add_operator_repairs(operators, nothing, nothing)
    entitlement_shapes.describe(terms)
    payment_routes.add_payment_page(terms, nothing, nothing, "", nothing)
    inverter_list_routes.add_inverter_lists(terms, nothing, nothing)
    payment_routes.add_operator_payments(operators, nothing, nothing)
    settlement_routes.add_settlements(operators, nothing)
    invoice_routes.add_invoices(terms, nothing, nothing)
    invoice_routes.add_operator_invoices(operators, nothing, nothing)
    document_pages.add_document_pages(terms, nothing, nothing)
    merged: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "Freischalt",
            "version": "1",
            "description": "Licences, unlock codes, orders and locks. Times are UTC (RFC 3339).",
        },
        "paths": {},
        "components": {
            "schemas": {},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    for app in apis:
        made = json.loads(app.get_openapi_json_schema(title="Freischalt", version="1"))
        for path, operations in made["paths"].items():
            merged["paths"].setdefault(_braces(path), {}).update(operations)
        merged["components"]["schemas"] |= made.get("components", {}).get("schemas", {})
    merged["components"]["responses"] = _responses()
    merged["components"]["schemas"]["Gateway"] = GATEWAY
    merged["components"]["schemas"]["FileOut"] = FileOut.model_json_schema(
        by_alias=True, mode="serialization"
    )
    merged["components"]["schemas"]["Problem"] = _problem(merged["components"]["schemas"])
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        merged["components"]["schemas"].pop(name, None)
    for method, path, operation in operations_of(merged):
        _complete(method, path, operation)
    return merged


def _braces(path: str) -> str:
    return path.replace("<", "{").replace(">", "}")


def _problem(schemas: Json) -> Json:
    schema = ProblemOut.model_json_schema(
        by_alias=True, mode="serialization", ref_template="#/components/schemas/{model}"
    )
    schemas |= schema.pop("$defs", {})
    return schema


def operations_of(made: Json) -> Iterator[tuple[str, str, Json]]:
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            yield method, path, cast("Json", operation)


def _responses() -> Json:
    """Every problem, and what API Gateway answers by itself, once."""
    problem = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    gateway = {"application/json": {"schema": {"$ref": "#/components/schemas/Gateway"}}}
    return {
        status: {"description": description, "content": content}
        for descriptions, content in ((PROBLEMS, problem), (BY_API_GATEWAY, problem | gateway))
        for status, description in descriptions.items()
    }


def _complete(method: str, path: str, operation: Json) -> None:
    responses = operation["responses"]
    for status in (*PROBLEMS, *BY_API_GATEWAY):
        responses[status] = {"$ref": f"#/components/responses/{status}"}
    if (method, path) == ("get", "/account/export"):
        responses["200"]["content"] = {"application/json": {"schema": {"type": "object"}}}
        responses["202"] = AT_AN_ADDRESS
    if (method, path) in CACHED:
        responses["304"] = NOT_MODIFIED
    if "204" in responses:
        responses["204"] = {"description": "Done"}
    if (method, path) not in OPEN:
        operation["security"] = [{"token": []}]


def written() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: Sequence[str]) -> int:
    (target,) = map(Path, arguments)
    target.write_text(written(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
