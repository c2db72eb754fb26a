"""Who may import whom."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "layers/freischalt/freischalt"

PORTS = {
    *("ports", "vendor_ports", "account_ports", "vat_ports", "repair_ports", "payment_ports"),
    *("term_notice_ports", "invoice_ports", "entitlement_ports", "list_ports", "term_ports"),
    "erasure_ports",
}
MAY_IMPORT: dict[str, set[str]] = {
    "domain": {"domain", "errors"},
    "errors": set(),
    "texts": {"domain"},
    "texts_api": {"domain"},
    "texts_lists": {"domain"},
    "templates": set(),
    "documents": set(),
    "ports": {"domain"},
    "vendor_ports": {"domain", "ports"},
    "account_ports": {"domain"},
    "vat_ports": {"domain", "ports"},
    "entitlement_ports": {"account_ports", "domain"},
    "list_ports": {"domain"},
    "erasure_ports": {"domain"},
    "erasure_services": {"adapters", "erasure_ports", "office_services"},
    "list_services": {
        *("adapters", "api_settings", "clock", "list_ports", "term_services", "use_cases"),
    },
    "upload_services": {"adapters", "api_settings", "list_ports"},
    "repair_ports": {"account_ports", "domain"},
    "term_notice_ports": {"account_ports", "domain"},
    "term_notice_services": {
        *("adapters", "api_settings", "office_services", "term_notice_ports"),
    },
    "payment_ports": {"account_ports", "domain"},
    "term_ports": {"domain"},
    "term_services": {"adapters", "office_services", "payment_ports", "term_ports"},
    "payment_services": {
        *("adapters", "api_settings", "office_services", "payment_ports", "use_cases"),
    },
    "texts_payments": {"domain"},
    "invoice_ports": {"domain"},
    "invoice_services": {
        "adapters",
        "api_settings",
        "invoice_ports",
        "office_services",
        "use_cases",
    },
    "vat_services": {
        *("adapters", "api_settings", "domain", "office_services", "telemetry", "vat_ports"),
        "aws_lambda_powertools",
    },
    "settings": {"domain", "errors"},
    "api_settings": {"domain", "settings"},
    "telemetry": {"errors", "aws_lambda_powertools"},
    "use_cases": {"domain", "errors", *PORTS, "texts", "texts_payments", "use_cases"},
    "adapters": {
        *("domain", "errors", *PORTS, "texts", "adapters"),
        *("botocore", "argon2", "jinja2", "openpyxl", "pyotp", "urllib3"),
        *("aws_lambda_powertools", "stripe"),
    },
    "clock": set(),
    "compiled_dataclasses": set(),
    "services": {"adapters", "clock", "ports", "settings", "use_cases", "domain"},
    "office_services": {
        "account_ports",
        "payment_ports",
        "adapters",
        "api_settings",
        "clock",
        "use_cases",
    },
    "api_services": {
        *("account_ports", "adapters", "api_settings", "clock", "office_services"),
        *("ports", "repair_ports", "use_cases"),
    },
    "post_office": {"adapters", "api_settings", "clock", "use_cases"},
    "vendor_file": {"errors", "yaml", "pydantic"},
    "catalogue_file": {"domain", "errors", "vendor_file", "pydantic"},
    "term_catalogue_file": {"domain", "errors", "vendor_file", "holidays", "pydantic"},
}
FUNCTIONS = {"adapters", "domain", "errors", "services", "settings", "telemetry", "use_cases"}
FUNCTIONS_USE = FUNCTIONS | {
    "clock",
    "aws_lambda_powertools",
    "api_services",
    "erasure_services",
    "freischalt_api",
    "list_services",
    "freischalt_invoices",
    "invoice_services",
    "office_services",
    "payment_services",
    "term_services",
    "post_office",
    "upload_services",
    "term_notice_services",
    "vat_services",
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports when it runs, ours by their part of the package."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (part(alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield part(node.module)


def part(module: str) -> str:
    names = module.split(".")
    return names[1] if names[0] == "freischalt" and len(names) > 1 else names[0]


def foreign(paths: list[Path]) -> set[str]:
    used = {name for path in paths for name in imports(path)}
    return used - set(sys.stdlib_module_names)


def test_the_table_has_every_part_of_the_package() -> None:
    parts = {
        path.stem for path in PACKAGE.glob("*") if path.stem not in {"__init__", "__pycache__"}
    }

    assert parts - {"catalogue", "terms"} <= MAY_IMPORT.keys()


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_part_imports_only_what_the_table_says(name: str) -> None:
    paths = [*PACKAGE.glob(f"{name}.py"), *PACKAGE.glob(f"{name}/**/*.py")]

    assert foreign(paths) <= MAY_IMPORT[name]


def test_the_http_side_knows_no_adapter_and_no_service() -> None:
    paths = [*(ROOT / "layers/freischalt_api/freischalt_api").glob("*.py")]

    assert foreign(paths) <= {
        *(
            "domain",
            "errors",
            *PORTS,
            "texts",
            "texts_api",
            "texts_lists",
            "telemetry",
            "use_cases",
        ),
        *("freischalt_api", "aws_lambda_powertools", "pydantic"),
        *("anyascii", "phonenumbers", "stdnum"),
    }


def test_writing_invoices_knows_the_domain_alone() -> None:
    paths = [*(ROOT / "layers/freischalt_invoices/freischalt_invoices").glob("*.py")]

    assert foreign(paths) <= {"domain", "freischalt_invoices", "anyascii", "fpdf"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("functions/*/")), ids=lambda path: path.name)
def test_a_function_is_one_file_that_translates(path: Path) -> None:
    assert [file.name for file in path.iterdir() if file.suffix == ".py"] == ["app.py"]
    assert foreign([path / "app.py"]) <= FUNCTIONS_USE


def test_only_time_and_chance_from_outside() -> None:
    """The domain and the use cases get the time, chance and identity as arguments."""
    forbidden = {"time", "random", "secrets", "os", "socket", "boto3", "logging"}
    paths = [*PACKAGE.glob("domain/*.py"), *PACKAGE.glob("use_cases/*.py")]

    used = {name for path in paths for name in imports(path)}
    calls = [
        path.name for path in paths if "now(" in path.read_text("utf-8").replace("utc_now(", "")
    ]

    assert used & forbidden == set()
    assert calls == []
