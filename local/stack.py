"""The local stack as one thing: MiniStack, the deployed template, and all servers beside it.

with LocalStack(folder, a_free_choice_of_ports()) as stack:
    stack.deploy(build())
    ...  # text it at stack.phone
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self

from local.clock import clock_in
from local.deploy import Deployment
from local.ministack import ACCOUNT, CREDENTIALS, REGION, MiniStack, surroundings
from local.processes import LOOPBACK, ChildProcess, LocalStackError, a_free_port, is_free
from local.stripe_secrets import STRIPE_KEY_ARN, STRIPE_WEBHOOK_SECRET_ARN
from local.vat_services import VIES

STACK = "freischalt-local"
SERVICE_NUMBER = "+436649477338"
OPT_OUT_LIST = "Default"  # the one that a number starts with

# The template's own values suit AWS; a person at a keyboard waits no three minutes for a retry,
# and till five in the morning for no VAT check.
PARAMETERS = {
    "OriginationIdentity": SERVICE_NUMBER,
    "OriginationIdentityArn": f"arn:aws:sms-voice:{REGION}:{ACCOUNT}:phone-number/local",
    "OwnNumbers": SERVICE_NUMBER,
    "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
    "MailSender": "lizenzen@freischalt.example",
    "MailIdentity": "lizenzen@freischalt.example",
    "SmsTimeout": "5",
    "SmsVisibility": "30",
    "SellerVatId": "DE999000009",  # a vendor whom the stand-in knows
    "VatQuietHours": "none",  # the stand-in never rests
    "StripeKeyArn": STRIPE_KEY_ARN,
    "StripeWebhookSecretArn": STRIPE_WEBHOOK_SECRET_ARN,
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens, on 127.0.0.1 only.

    >>> Ports.of({"FREISCHALT_PHONE_PORT": "8076"})
    Ports(aws=4566, phone=8076, sms=4580, api=8067, vat=8065, pay=8064)
    """

    aws: int = 4566
    phone: int = 8066
    sms: int = 4580
    api: int = 8067
    vat: int = 8065
    pay: int = 8064

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        names = [field.name for field in fields(cls)]
        chosen = {name: environment.get(cls.variable(name)) for name in names}
        try:
            return cls(**{name: int(port) for name, port in chosen.items() if port})
        except ValueError as error:
            raise LocalStackError(f"A port must be a number: {error}") from error

    @staticmethod
    def variable(name: str) -> str:
        return f"FREISCHALT_{name.upper()}_PORT"

    def check(self) -> None:
        for name in (field.name for field in fields(self)):
            port = getattr(self, name)
            if not is_free(port):
                raise LocalStackError(
                    f"Port {port} is taken by another program (or another `make run`).\n"
                    f"Choose another one: {self.variable(name)}={port + 10} make run"
                )


def a_free_choice_of_ports() -> Ports:
    return Ports(*(a_free_port() for _ in fields(Ports)))


class LocalStack:
    """Started by `with`; everything it knows is in `folder`, and there after the next start."""

    def __init__(
        self,
        folder: Path,
        ports: Ports,
        *,
        environment: Mapping[str, str] | None = None,
        enforce_permissions: bool = False,
        keep_state: bool = True,
    ) -> None:
        self.folder = folder
        self.phone = f"http://{LOOPBACK}:{ports.phone}"
        self.sms = f"http://{LOOPBACK}:{ports.sms}"
        self.api = f"http://{LOOPBACK}:{ports.api}"
        self.vat = f"http://{LOOPBACK}:{ports.vat}"
        self.pay = f"http://{LOOPBACK}:{ports.pay}"
        self.clock = clock_in(folder)
        self.ports = ports
        self.ministack = MiniStack(
            ports.aws,
            folder,
            environment={
                "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": self.sms,
                **(environment or {}),
            },
            enforce_permissions=enforce_permissions,
            keep_state=keep_state,
        )
        self.endpoint = self.ministack.endpoint
        self.deployment = Deployment(self.endpoint, STACK)
        self.servers = ChildProcess(
            "local.servers",
            *("--stack", STACK, "--endpoint", self.endpoint, "--state", str(folder)),
            *("--phone-port", str(ports.phone), "--sms-port", str(ports.sms)),
            *("--api-port", str(ports.api), "--vat-port", str(ports.vat)),
            *("--pay-port", str(ports.pay)),
            *("--service-number", SERVICE_NUMBER, "--opt-out-list", OPT_OUT_LIST),
            log=folder / "servers.log",
            environment=surroundings() | CREDENTIALS,
        )

    def __enter__(self) -> Self:
        """Start all; the SMS service first, because functions go on at once where they stopped."""
        self.ports.check()
        try:
            self.servers.start()
            self.servers.wait_until_up(self.phone)
            self.ministack.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all; the SMS service first, so that nothing is sent that MiniStack then forgets."""
        try:
            self.servers.stop()
        finally:
            self.ministack.stop()

    def deploy(self, built: Path, parameters: Mapping[str, str] | None = None) -> dict[str, str]:
        addresses = {
            "Site": self.api,  # where mailed links lead
            "ViesUrl": self.vat + VIES,
            "EvatrUrl": self.vat,
            "StripeUrl": self.pay,
        }
        return self.deployment.deploy(built, {**PARAMETERS, **addresses, **(parameters or {})})

    def check(self) -> None:
        """Raise if a part has ended by itself."""
        for part in (self.ministack, self.servers):
            if not part.is_running:
                raise LocalStackError(f"{part.name} has stopped.\n{part.last_words()}")
