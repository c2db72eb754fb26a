"""template.yaml, as built by SAM, into MiniStack: transform, upload, create or update.

What `sam deploy` does on AWS, in a second or two, and with what MiniStack lacks left out (LACKING),
so that template.yaml can stay as AWS needs it. A stack that is as it should be is left alone.
"""

import hashlib
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError, WaiterError
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from local.build import BUILT, PACKED
from local.http_api import spell_out_http_apis
from local.ministack import CREDENTIALS, REGION
from local.processes import LocalStackError
from local.stripe_secrets import SECRETS

type Json = dict[str, Any]

BUCKET = "freischalt-artefacts"
MAIL_SENDER = "MailSender"  # the parameter that holds the address that mails come from


class Lacking(NamedTuple):
    """A kind of resource that MiniStack lacks: all of a type, or those with a certain property."""

    type: str
    having: str | None
    why: str

    def covers(self, resource: Json) -> bool:
        return resource["Type"].startswith(self.type) and (
            self.having is None or self.having in resource.get("Properties", {})
        )


# Everything that is left out locally. References to it become its name.
LACKING = (
    Lacking("AWS::SMSVOICE::", None, "in no emulator; local/sms_service.py stands in for it"),
    Lacking("AWS::S3::BucketPolicy", None, "ours insists on TLS; loopback has none"),
    Lacking("AWS::CloudWatch::Alarm", "Metrics", "MiniStack does no metric math"),
    Lacking("AWS::CloudWatch::CompositeAlarm", None, "not known to MiniStack"),
    Lacking("AWS::Logs::QueryDefinition", None, "not known to MiniStack"),
)

# Properties of a SAM resource that name a folder beside the built template.
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}

SOME_DAY = (1980, 1, 1, 0, 0, 0)  # in every zip, so that the same content is the same file


class Deployment:
    """One stack in one MiniStack."""

    def __init__(self, endpoint: str, stack: str) -> None:
        session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self.stack = stack
        self._s3 = session.client("s3", endpoint_url=endpoint)
        self._cloudformation = session.client("cloudformation", endpoint_url=endpoint)
        self._dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        self._mail = session.client("sesv2", endpoint_url=endpoint)
        self._parameters = session.client("ssm", endpoint_url=endpoint)
        self._session = session

    def deploy(self, built: Path, parameters: Mapping[str, str]) -> dict[str, str]:
        """Bring the stack to what `built`, a template of `sam build`, says; return its outputs."""
        self._make_bucket()
        template = yaml_parse(built.read_text())
        self._upload_code(template, built.parent)
        template = without_lacking(self._transform(template, parameters))
        make_environments_text(template)
        allow_loopback(template)
        spell_out_http_apis(template)
        self._verify_sender(template, parameters)
        self._keep_secrets()
        self._create_or_update(template, parameters)
        self._switch_on_time_to_live(template)
        return self.outputs()

    def outputs(self) -> dict[str, str]:
        (stack,) = self._cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def _make_bucket(self) -> None:
        with suppress(self._s3.exceptions.BucketAlreadyOwnedByYou):
            self._s3.create_bucket(
                Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
            )

    def _upload_code(self, template: Json, folder: Path) -> None:
        for resource in template["Resources"].values():
            if name := CODE.get(resource["Type"]):
                properties = resource["Properties"]
                properties[name] = self._upload(packed(folder / properties[name]), "zip")

    def _upload(self, content: bytes, suffix: str) -> str:
        key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
        try:
            self._s3.head_object(Bucket=BUCKET, Key=key)
        except ClientError:
            self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return f"s3://{BUCKET}/{key}"

    def _transform(self, template: Json, parameters: Mapping[str, str]) -> Json:
        logging.getLogger("samtranslator").setLevel(logging.ERROR)
        defaults = {
            name: each["Default"]
            for name, each in template.get("Parameters", {}).items()
            if "Default" in each
        }
        translator = Translator({}, Parser(), boto_session=self._session)
        transformed: Json = translator.translate(template, {**defaults, **parameters})
        return transformed

    def _create_or_update(self, template: Json, parameters: Mapping[str, str]) -> None:
        url = self._upload(json.dumps(template).encode(), "json").replace(
            "s3://", f"{self._s3.meta.endpoint_url}/"
        )
        request: Any = {
            "StackName": self.stack,
            "TemplateURL": url,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
                if name in template.get("Parameters", {})
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        try:
            if self._exists():
                done = "stack_update_complete"
                self._cloudformation.update_stack(**request)
            else:
                done = "stack_create_complete"
                self._cloudformation.create_stack(**request)
            self._cloudformation.get_waiter(done).wait(  # type: ignore[call-overload]
                StackName=self.stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200}
            )
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise LocalStackError(f"MiniStack refuses {self.stack}: {error}") from error
        except WaiterError as error:
            raise LocalStackError(
                "\n".join([f"Deploying {self.stack} failed:", *self._failures()])
            ) from error

    def _switch_on_time_to_live(self, template: Json) -> None:
        """MiniStack ignores a table's TimeToLiveSpecification, but not the call of that name."""
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] == "AWS::DynamoDB::Table" and (
                wanted := resource["Properties"].get("TimeToLiveSpecification")
            ):
                self._dynamodb.update_time_to_live(
                    TableName=self.physical_id(logical_id), TimeToLiveSpecification=wanted
                )

    def _verify_sender(self, template: Json, parameters: Mapping[str, str]) -> None:
        """On AWS, somebody follows a link in a mail; MiniStack verifies whatever it is told of."""
        declared = template.get("Parameters", {}).get(MAIL_SENDER)
        if declared is None:
            return
        if sender := parameters.get(MAIL_SENDER, declared.get("Default")):
            self._mail.create_email_identity(EmailIdentity=sender)

    def _keep_secrets(self) -> None:
        """On AWS the vendor puts them there, before the first deployment."""
        for name, secret in SECRETS.items():
            self._parameters.put_parameter(
                Name=name, Value=secret, Type="SecureString", Overwrite=True
            )

    def physical_id(self, logical_id: str) -> str:
        resource = self._cloudformation.describe_stack_resource(
            StackName=self.stack, LogicalResourceId=logical_id
        )
        return resource["StackResourceDetail"]["PhysicalResourceId"]

    def _exists(self) -> bool:
        """Whether there is a stack to update. What an earlier failure left of one is removed."""
        try:
            (stack,) = self._cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError:
            return False
        if stack["StackStatus"] in {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}:
            self._cloudformation.delete_stack(StackName=self.stack)
            return False
        return stack["StackStatus"] != "DELETE_COMPLETE"

    def _failures(self) -> Iterator[str]:
        events = self._cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]
        for event in reversed(events):
            if event["ResourceStatus"].endswith("FAILED"):
                reason = event.get("ResourceStatusReason", "no reason given")
                yield f"  {event['LogicalResourceId']} ({event['ResourceType']}): {reason}"


def packed(folder: Path) -> bytes:
    """The folder zipped. What is built is packed once: for a layer, that takes a second."""
    if folder.parent != BUILT:
        return zipped(folder)
    kept = PACKED / f"{folder.name}.zip"
    if not kept.exists():
        PACKED.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=PACKED, delete=False) as whole:
            whole.write(zipped(folder))
        Path(whole.name).rename(kept)
    return kept.read_bytes()


def zipped(folder: Path) -> bytes:
    """The folder as a zip file, the same bytes for the same content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), SOME_DAY)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 1)
    return packed.getvalue()


def without_lacking(template: Json) -> Json:
    """The template without the resources that MiniStack lacks.

    >>> without_lacking({
    ...     "Resources": {
    ...         "Set": {
    ...             "Type": "AWS::SMSVOICE::ConfigurationSet",
    ...             "Properties": {"ConfigurationSetName": {"Fn::Sub": "${AWS::StackName}-set"}},
    ...         },
    ...         "Topic": {"Type": "AWS::SNS::Topic", "DependsOn": ["Set"]},
    ...     },
    ...     "Outputs": {
    ...         "Name": {"Value": {"Ref": "Set"}},
    ...         "Arn": {"Value": {"Fn::Sub": "arn:${Set} in ${AWS::Region}"}},
    ...     },
    ... }) == {
    ...     "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "DependsOn": []}},
    ...     "Outputs": {
    ...         "Name": {"Value": {"Fn::Sub": "${AWS::StackName}-set"}},
    ...         "Arn": {"Value": {"Fn::Sub": "arn:${AWS::StackName}-set in ${AWS::Region}"}},
    ...     },
    ... }
    True
    """
    lacking = {
        logical_id: _name(logical_id, resource)
        for logical_id, resource in template["Resources"].items()
        if any(kind.covers(resource) for kind in LACKING)
    }
    kept = {name: each for name, each in template["Resources"].items() if name not in lacking}
    cut: Json = _with_names({**template, "Resources": kept}, lacking)
    return cut


def make_environments_text(template: Json) -> None:
    """CloudFormation turns a number in a function's environment into text; MiniStack does not."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            variables = resource["Properties"].get("Environment", {}).get("Variables", {})
            numbers = {name: str(each) for name, each in variables.items() if type(each) is int}
            variables.update(numbers)


def allow_loopback(template: Json) -> None:
    """Queues and topics insist on TLS; loopback has none, and MiniStack would refuse everything."""
    for logical_id, resource in list(template["Resources"].items()):
        if resource["Type"] in {"AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"}:
            policy = resource["Properties"]["PolicyDocument"]
            kept = [one for one in policy["Statement"] if one["Sid"] != "TlsOnly"]
            policy["Statement"] = kept
            if not kept:
                del template["Resources"][logical_id]


def _name(logical_id: str, resource: Json) -> Any:
    """What the resource is called: its ConfigurationSetName or the like, else its logical id."""
    kind = resource["Type"].rsplit("::", 1)[-1]
    return resource.get("Properties", {}).get(f"{kind}Name", logical_id)


def _with_names(value: Any, lacking: Mapping[str, Any]) -> Any:
    """The value, with the name instead of each reference to a resource that is not there."""
    match value:
        case {"Ref": str(logical_id)} | {"Fn::GetAtt": [str(logical_id), *_]} if (
            logical_id in lacking
        ):
            return lacking[logical_id]
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": _with_names_inside(text, lacking)}
        case dict():
            return {
                key: [each for each in _listed(inner) if each not in lacking]
                if key == "DependsOn"
                else _with_names(inner, lacking)
                for key, inner in value.items()
            }
        case list():
            return [_with_names(each, lacking) for each in value]
        case _:
            return value


def _with_names_inside(text: str, lacking: Mapping[str, Any]) -> str:
    for logical_id, name in lacking.items():
        words = name["Fn::Sub"] if isinstance(name, dict) else name
        text = re.sub(rf"\$\{{{logical_id}(\.\w+)?\}}", words, text)
    return text


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
