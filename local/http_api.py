"""An HTTP API's routes as resources of their own: MiniStack does not read an API's OpenAPI body.

SAM writes the routes, the authorizers and the CORS rules of an `AWS::Serverless::HttpApi` into the
`Body` of an `AWS::ApiGatewayV2::Api`. AWS makes them out of it; here the template names each.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

type Json = dict[str, Any]

API = "AWS::ApiGatewayV2::Api"
ANY_METHOD = "x-amazon-apigateway-any-method"
AUTHORIZER = "x-amazon-apigateway-authorizer"
INTEGRATION = "x-amazon-apigateway-integration"
CORS = "x-amazon-apigateway-cors"
NOT_METHODS = frozenset({"parameters", "summary", "description", "servers"})
NO_AUTHORIZER = "NONE"  # how SAM says that a route is open though the API has a default authorizer

# What an authorizer in a body becomes. A name that the body lacks is left to the default, as on AWS
AUTHORIZER_PROPERTIES = {
    "authorizerUri": "AuthorizerUri",
    "authorizerCredentials": "AuthorizerCredentialsArn",
    "authorizerPayloadFormatVersion": "AuthorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds": "AuthorizerResultTtlInSeconds",
    "enableSimpleResponses": "EnableSimpleResponses",
    "identitySource": "IdentitySource",
}


def spell_out_http_apis(template: Json) -> None:
    """Replace the body of each HTTP API by the resources that it stands for."""
    for logical_id, resource in list(template["Resources"].items()):
        if resource["Type"] == API and "Body" in resource["Properties"]:
            body = resource["Properties"].pop("Body")
            resource["Properties"] |= _api_properties(body)
            template["Resources"].update(_authorizers(logical_id, body))
            template["Resources"].update(_routes(logical_id, body))


def _api_properties(body: Json) -> Json:
    """CORS as the body writes it, in camelCase: MiniStack overlooks CloudFormation's own names."""
    properties = {"Name": body["info"]["title"], "ProtocolType": "HTTP"}
    return properties | ({"CorsConfiguration": _cors(body[CORS])} if CORS in body else {})


def _cors(declared: Json) -> Json:
    """A list from a CommaDelimitedList has become one text on its way through SAM.

    >>> _cors({"allowOrigins": "https://a.example, https://b.example", "maxAge": 600})
    {'allowOrigins': ['https://a.example', 'https://b.example'], 'maxAge': 600}
    """
    return {
        name: [each.strip() for each in value.split(",")] if isinstance(value, str) else value
        for name, value in declared.items()
    }


def _authorizers(api: str, body: Json) -> Iterator[tuple[str, Json]]:
    for name, scheme in body.get("components", {}).get("securitySchemes", {}).items():
        if declared := scheme.get(AUTHORIZER):
            properties = {
                ours: declared[theirs]
                for theirs, ours in AUTHORIZER_PROPERTIES.items()
                if theirs in declared
            }
            kind = declared["type"].upper()
            yield (
                _authorizer_id(api, name),
                _resource("Authorizer", api, Name=name, AuthorizerType=kind, **properties),
            )


def _routes(api: str, body: Json) -> Iterator[tuple[str, Json]]:
    for route_key, operation in _operations(body):
        # an id for each route, so that an update changes the routes that changed and no other
        logical_id = f"{api}{hashlib.sha256(route_key.encode()).hexdigest()[:12]}"
        declared = operation[INTEGRATION]
        yield (
            f"{logical_id}Integration",
            _resource(
                "Integration",
                api,
                IntegrationType=declared["type"].upper(),
                IntegrationUri=declared["uri"],
                PayloadFormatVersion=declared["payloadFormatVersion"],
            ),
        )
        yield (
            f"{logical_id}Route",
            _resource(
                "Route",
                api,
                RouteKey=route_key,
                Target={"Fn::Join": ["/", ["integrations", {"Ref": f"{logical_id}Integration"}]]},
                **_authorization(api, operation),
            ),
        )


def _operations(body: Json) -> Iterator[tuple[str, Json]]:
    """Each operation with its route key: `GET /things/{id}`, `ANY /{proxy+}` or `$default`."""
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            if method not in NOT_METHODS:
                verb = "ANY" if method == ANY_METHOD else method.upper()
                yield path if path == "$default" else f"{verb} {path}", operation


def _authorization(api: str, operation: Json) -> Json:
    names = [name for one in operation.get("security", []) for name in one if name != NO_AUTHORIZER]
    if not names:
        return {"AuthorizationType": "NONE"}
    return {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": _authorizer_id(api, names[0])}}


def _authorizer_id(api: str, name: str) -> str:
    return f"{api}{name}Authorizer"


def _resource(kind: str, api: str, **properties: Any) -> Json:
    return {
        "Type": f"AWS::ApiGatewayV2::{kind}",
        "Properties": {"ApiId": {"Ref": api}, **properties},
    }
