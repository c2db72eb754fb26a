"""A function as it is deployed: the built folder, the built layer, the template's environment.

Nothing of this process reaches it but what is named here.
"""

import io
import json
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any, Self

from local.build import BUILT, build
from local.ministack import CREDENTIALS, REGION
from local.processes import ROOT
from local.stack import PARAMETERS
from local.stripe_secrets import STRIPE_KEY_ARN, STRIPE_WEBHOOK_SECRET_ARN
from tests.artefact.runtime_api import RuntimeApi, runtime_api
from tests.factories import OWN_NUMBER

PYTHON = ROOT / ".venv-runtime" / "bin" / "python"
LAYERS = (
    *("Freischalt", "FreischaltApi", "FreischaltInvoices", "FreischaltLists"),
    "FreischaltPayments",
)

FUNCTIONS = {
    "receive_sms": "ReceiveSms",
    "deliver_outbox": "DeliverOutbox",
    "sweep_outbox": "SweepOutbox",
    "write_audit": "WriteAudit",
    "export_orders": "ExportOrders",
    "authorize": "AuthorizeCustomers",
    "sign_in": "SignIn",
    "customer_api": "CustomerApi",
    "term_api": "TermApi",
    "operator_api": "OperatorApi",
    "payment_page": "PaymentPage",
    "stripe_webhook": "StripeWebhook",
    "watch_payments": "WatchPayments",
    "entitlements": "Entitlements",
    "end_locks": "EndLocks",
    "lapse_orders": "LapseOrders",
    "finish_erasures": "FinishErasures",
    "tell_terms": "TellTerms",
    "write_invoices": "WriteInvoices",
    "schedule_vat": "ScheduleVat",
    "check_vat": "CheckVat",
    "import_inverters": "ImportInverters",
}
"""Folder and logical id of each function; `authorize` serves AuthorizeOperators, too."""

WITH_THE_API_LAYER = {
    *("deliver_outbox", "sweep_outbox", "sign_in", "customer_api", "operator_api", "check_vat"),
    *("term_api", "payment_page", "entitlements"),
}
WITH_THE_PAYMENTS_LAYER = {"payment_page", "stripe_webhook", "watch_payments"}
WITH_THE_INVOICES_LAYER = {"write_invoices"}

WITH_THE_LISTS_LAYER = {"import_inverters"}
WITH = {
    "FreischaltApi": WITH_THE_API_LAYER,
    "FreischaltInvoices": WITH_THE_INVOICES_LAYER,
    "FreischaltLists": WITH_THE_LISTS_LAYER,
    "FreischaltPayments": WITH_THE_PAYMENTS_LAYER,
}
"""What has which layer beside the first, which all have."""

NAMES = {
    "Table": "desk",
    "Events": "events",
    "Exports": "exports",
    "Handover": "handover",
    "Lists": "lists",
    "Invoices": "invoices",
    "MasterKey1": "1",
    "MasterKey1.Arn": f"arn:aws:kms:{REGION}:123456789012:key/1",
    "SecretKey.Arn": f"arn:aws:kms:{REGION}:123456789012:key/2",
    "MailSender": "lizenzen@freischalt.example",
    "Site": "https://freischalt.example",
    "OriginationIdentity": OWN_NUMBER,
    "OwnNumbers": OWN_NUMBER,
    "Replies": "replies",
    "SellerVatId": PARAMETERS["SellerVatId"],
    "VatQuietHours": PARAMETERS["VatQuietHours"],
    "ViesQueue": f"https://sqs.{REGION}.amazonaws.com/123456789012/vies",
    "EvatrQueue": f"https://sqs.{REGION}.amazonaws.com/123456789012/evatr",
    "TermQueue": f"https://sqs.{REGION}.amazonaws.com/123456789012/terms",
    "ViesUrl": "https://vies.example",
    "EvatrUrl": "https://evatr.example",
    "StripeUrl": "https://stripe.example",
    "StripeKeyArn": STRIPE_KEY_ARN,
    "StripeWebhookSecretArn": STRIPE_WEBHOOK_SECRET_ARN,
}
"""What the template's resources and parameters are called, where nobody asks them anything."""

# Python tells when it compiles a module's source, and says nothing when it loads its bytecode.
COMPILING = """
import json, os, sys
compiled = []
made = []

def hear(event, arguments):
    if event == "compile" and isinstance(arguments[1], (str, bytes)):
        compiled.append(os.fsdecode(arguments[1]))
        if isinstance(arguments[0], (str, bytes)):
            made.append(os.fsdecode(arguments[0]))

sys.addaudithook(hear)
exec(sys.argv[1])
loaded = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print(json.dumps({
    "compiled": [path for path in compiled if not path.startswith("<")],
    "loaded": [path for path in loaded if path],
    "dataclasses": [source for source in made if source.startswith("def __create_fn__(")],
}))
"""


@dataclass(frozen=True)
class Artefact:
    """What `sam build` made: the layer and the functions, each in its folder."""

    folder: Path

    @classmethod
    def copied_to(cls, folder: Path) -> Self:
        """A copy of what is built now, read-only as in Lambda."""
        build()
        for name in (*LAYERS, *FUNCTIONS.values()):
            shutil.copytree(BUILT / name, folder / name)
        for path in list(folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        return cls(folder)

    @property
    def layer(self) -> Path:
        return self.folder / LAYERS[0]

    def layers(self, function: str) -> list[Path]:
        """Those that the template gives it; in Lambda they lie in one folder."""
        names = [LAYERS[0], *(name for name, with_it in WITH.items() if function in with_it)]
        return [self.folder / name / "python" for name in names]

    @property
    def zipped_layer(self) -> int:
        return self.zipped(LAYERS[0])

    def zipped(self, name: str) -> int:
        """How many bytes of a layer are uploaded."""
        packed, layer = io.BytesIO(), self.folder / name
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in layer.rglob("*"):
                archive.write(path, path.relative_to(layer))
        return packed.tell()

    def code(self, function: str) -> Path:
        return self.folder / FUNCTIONS[function]

    def environment(self, function: str, variables: Mapping[str, str]) -> dict[str, str]:
        """What Lambda sets, and the function's own variables."""
        return {
            "LAMBDA_TASK_ROOT": str(self.code(function)),
            "PYTHONPATH": os.pathsep.join(map(str, [self.code(function), *self.layers(function)])),
            "AWS_LAMBDA_FUNCTION_NAME": FUNCTIONS[function],
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            **CREDENTIALS,
            **variables,
        }


class Running:
    """A function's process under Amazon's own runtime client."""

    def __init__(self, process: "subprocess.Popen[bytes]", api: RuntimeApi, log: Path) -> None:
        self._process = process
        self._api = api
        self._log = log

    def __enter__(self) -> Self:
        return self

    def invoke(self, event: Any, *, seconds: float = 30) -> Any:
        self._api.hand_over(event)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                return self._api.reply(seconds=0.2)
            except Empty:
                if self._process.poll() is not None:
                    break
        raise AssertionError(f"no answer from the function:\n{self.log}")

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def running(
    artefact: Artefact, function: str, variables: Mapping[str, str], log: Path
) -> Iterator[Running]:
    with runtime_api() as api, log.open("wb") as output:
        process = subprocess.Popen(
            [str(PYTHON), "-m", "awslambdaric", "app.handler"],
            cwd=artefact.code(function),
            env=artefact.environment(function, variables) | {"AWS_LAMBDA_RUNTIME_API": api.address},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Running(process, api, log)
        finally:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Compiled:
    """What a statement, run anew, has loaded, and what of it was compiled from source."""

    files: list[str]
    dataclasses: list[str]  # the sources that `dataclass` wrote
    loaded: list[str]


def compiled_at(statement: str, environment: Mapping[str, str]) -> Compiled:
    done = subprocess.run(
        [str(PYTHON), "-P", "-c", COMPILING, statement],
        env=dict(environment),
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    return Compiled(told["compiled"], told["dataclasses"], told["loaded"])
