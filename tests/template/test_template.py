"""What the template promises, read as data."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from freischalt.adapters import keys
from freischalt.adapters.account_events import KINDS
from freischalt.api_settings import (
    CodeSettings,
    HandoverSettings,
    InvoiceSettings,
    ListSettings,
    NoticeSettings,
    OfficeSettings,
    RegistrySettings,
    StripeSettings,
    TermQueueSettings,
    VatQueueSettings,
    WebhookSettings,
)
from freischalt.domain.countries import CALLING_CODES
from freischalt.domain.ids import AccountNumber
from freischalt.domain.inverter_list import ABANDONED_AFTER
from freischalt.domain.vat_ladder import VatPolicy
from freischalt.errors import WrongSettings
from freischalt.settings import ExportSettings, PublishSettings, SmsSettings, TableSettings
from freischalt.use_cases.check_vat import CLAIMED_FOR
from tests.artefact.variables import Resolver
from tests.conftest import ROOT
from tests.template.test_permissions import ALLOWED, as_list, functions

QUESTIONS = ["ViesQueue", "EvatrQueue"]

SETTINGS: dict[str, tuple[Any, ...]] = {
    "ReceiveSms": (SmsSettings,),
    "DeliverOutbox": (PublishSettings, NoticeSettings, InvoiceSettings, VatQueueSettings),
    "SweepOutbox": (PublishSettings, NoticeSettings, InvoiceSettings),
    "WriteAudit": (TableSettings,),
    "ExportOrders": (ExportSettings,),
    "AuthorizeCustomers": (OfficeSettings,),
    "AuthorizeOperators": (OfficeSettings,),
    "SignIn": (OfficeSettings,),
    "CustomerApi": (OfficeSettings, CodeSettings, HandoverSettings),
    "TermApi": (OfficeSettings, InvoiceSettings, ListSettings),
    "ImportInverters": (OfficeSettings, ListSettings),
    "OperatorApi": (OfficeSettings, CodeSettings, InvoiceSettings),
    "Entitlements": (OfficeSettings,),
    "EndLocks": (OfficeSettings,),
    "PaymentPage": (OfficeSettings, StripeSettings),
    "StripeWebhook": (OfficeSettings, WebhookSettings),
    "WatchPayments": (OfficeSettings, StripeSettings),
    "LapseOrders": (OfficeSettings,),
    "FinishErasures": (OfficeSettings,),
    "TellTerms": (OfficeSettings, TermQueueSettings),
    "WriteInvoices": (OfficeSettings, InvoiceSettings),
    "ScheduleVat": (VatQueueSettings,),
    "CheckVat": (OfficeSettings, RegistrySettings),
}

BEHIND_TWO_NAMES = {"AuthorizeCustomers": "Authorize", "AuthorizeOperators": "Authorize"}

NAMES_IN_A_TEST = {
    "TABLE_NAME": "desk",
    "TIME_ZONE": "Europe/Vienna",
    "KEY_RING": "1=active=arn:x",
    "OWN_NUMBERS": "+436649477338",
    "SERVED_COUNTRIES": "AT,DE",
    "REPLIES_AN_HOUR": "30",
    "REPEATED_ORDER_MINUTES": "10",
    "CONFIRM_ABOVE_CENTS": "never",
    "FUNCTION_TIMEOUT_SECONDS": "10",
    "MAX_RECEIVES": "5",
    "SELLER_VAT_ID": "DE999000009",
    "VAT_QUIET_HOURS": "none",
    "VAT_REPEATED_AFTER_DAYS": "90",
    "VAT_GOOD_TO_BUY_HOURS": "24",
    "VIES_URL": "http://127.0.0.1:8065/vies",
    "EVATR_URL": "https://evatr.example",
    "STRIPE_URL": "http://127.0.0.1:8064",
}


def properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][name]["Properties"]
    return found


def environment(template: dict[str, Any], name: str) -> dict[str, Any]:
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    own = functions(template)[name].get("Environment", {}).get("Variables", {})
    return {**shared, **own}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_function_gets_the_environment_that_it_reads(name: str, template: dict[str, Any]) -> None:
    given = {
        variable: NAMES_IN_A_TEST.get(variable, "text") for variable in environment(template, name)
    }

    for settings in SETTINGS[name]:
        settings.of(given)  # raises WrongSettings if one is missing


@pytest.mark.parametrize("name", ALLOWED)
def test_folder_and_id_are_the_same_name(name: str, template: dict[str, Any]) -> None:
    folder = re.sub(r"(?<!^)([A-Z])", r"_\1", BEHIND_TWO_NAMES.get(name, name)).lower()

    assert functions(template)[name]["CodeUri"] == f"functions/{folder}"
    assert (ROOT / "functions" / folder / "app.py").exists()


def test_the_templates_own_values_are_the_vat_policys(template: dict[str, Any]) -> None:
    given = {"SellerVatId": "DE999000009", "Table": "desk", "SecretKey.Arn": "arn:x"}
    resolver = Resolver(template, given)

    office = OfficeSettings.of(resolver.variables("EndLocks"))
    registries = RegistrySettings.of(resolver.variables("CheckVat"))

    assert office.vat_policy == VatPolicy()
    assert registries.vies.startswith("https://ec.europa.eu/")
    assert registries.evatr.startswith("https://api.evatr.vies.bzst.de")


@pytest.mark.parametrize(
    ("parameter", "variable", "good", "bad"),
    [
        (
            "SellerVatId",
            "SELLER_VAT_ID",
            ["DE136695976", "ATU13585627", "IE1+23456A"],
            ["", "DE", "de136695976", "DE 136695976", "136695976"],
        ),
        (
            "VatQuietHours",
            "VAT_QUIET_HOURS",
            ["none", "23:00-05:00", "00:30-01:15"],
            ["", "23-5", "24:00-05:00", "23:60-05:00", "23:00-05:00,none"],
        ),
        (
            "ViesUrl",
            "VIES_URL",
            ["http://127.0.0.1:8065/taxation_customs/vies/rest-api", "https://vies.example"],
            ["", "vies.example", "ftp://vies.example", "https://vies.example/", "https://a b"],
        ),
    ],
)
def test_a_deployment_refuses_what_the_functions_would(
    parameter: str, variable: str, good: list[str], bad: list[str], template: dict[str, Any]
) -> None:
    allowed = re.compile(template["Parameters"][parameter]["AllowedPattern"])
    settings = RegistrySettings if variable == "VIES_URL" else OfficeSettings
    others = {**NAMES_IN_A_TEST, "SECRET_KEY": "arn:x"}

    for text in good:
        assert allowed.fullmatch(text)
        settings.of({**others, variable: text})
    for text in bad:
        assert not allowed.fullmatch(text)
        with pytest.raises(WrongSettings, match=variable):
            settings.of({**others, variable: text})


def events(template: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (name, event["Type"], event["Properties"])
        for name, function in functions(template).items()
        for event in function.get("Events", {}).values()
    ]


def test_every_trigger_leaves_what_fails(template: dict[str, Any]) -> None:
    failed = {"Fn::GetAtt": ["FailedRuns", "Arn"]}
    for name, kind, trigger in events(template):
        match kind:
            case "SQS":
                assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
            case "DynamoDB":
                assert trigger["DestinationConfig"]["OnFailure"]["Destination"] == failed
                assert trigger["BisectBatchOnFunctionError"] is True
                assert (
                    "FunctionResponseTypes" not in trigger
                )  # all or nothing, and no record blocks
                assert trigger["StartingPosition"] == "TRIM_HORIZON"
                assert trigger["MaximumRecordAgeInSeconds"] == 86_400
            case "ScheduleV2":
                assert trigger["DeadLetterConfig"] == {"Arn": failed}
                on_failure = functions(template)[name]["EventInvokeConfig"]["DestinationConfig"]
                assert on_failure["OnFailure"]["Destination"] == failed
            case "HttpApi":
                assert trigger["ApiId"] == {"Ref": "Api"}  # who called is told, and calls again
                assert trigger["Method"] in {"GET", "POST", "PUT", "DELETE"}  # OPTIONS is CORS'
            case _:
                pytest.fail(f"{name}: a trigger that this test does not know")


def test_a_message_has_five_tries_and_the_function_knows(template: dict[str, Any]) -> None:
    redrive = properties(template, "InboundSmsQueue")["RedrivePolicy"]

    assert redrive["maxReceiveCount"] == environment(template, "ReceiveSms")["MAX_RECEIVES"] == 5
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}


def test_a_registry_is_asked_twice_at_once_at_most(template: dict[str, Any]) -> None:
    """Each has a queue of its own: the one waits for nothing that the other does."""
    triggers = functions(template)["CheckVat"]["Events"].values()

    assert {trigger["Type"] for trigger in triggers} == {"SQS"}
    assert [trigger["Properties"]["Queue"]["Fn::GetAtt"][0] for trigger in triggers] == QUESTIONS
    for trigger in triggers:
        assert trigger["Properties"]["BatchSize"] == 1
        assert trigger["Properties"]["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_a_list_has_five_tries_while_its_file_is_there(template: dict[str, Any]) -> None:
    queue, bucket = properties(template, "ListsQueue"), properties(template, "Lists")
    function = functions(template)["ImportInverters"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["FailedRuns", "Arn"]}
    assert queue["KmsMasterKeyId"] == {"Ref": "DataKey"}
    assert queue["VisibilityTimeout"] == 6 * function["Timeout"]
    assert queue["MessageRetentionPeriod"] == ABANDONED_AFTER.total_seconds()
    assert function["Events"]["Uploads"]["Properties"]["BatchSize"] == 1
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert timedelta(days=rule["ExpirationInDays"]) == ABANDONED_AFTER
    (told,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert told == {"Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["ListsQueue", "Arn"]}}
    assert template["Resources"]["Lists"]["DependsOn"] == "UploadsMayFillQueue"


def test_a_file_that_was_uploaded_fills_its_queue_alone(template: dict[str, Any]) -> None:
    statements = properties(template, "UploadsMayFillQueue")["PolicyDocument"]["Statement"]
    (allowed,) = (one for one in statements if one["Effect"] == "Allow")

    assert allowed["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allowed["Action"] == "sqs:SendMessage"
    assert allowed["Resource"] == {"Fn::GetAtt": ["ListsQueue", "Arn"]}
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


@pytest.mark.parametrize("queue", QUESTIONS)
def test_a_question_has_five_tries_and_waits_encrypted(
    queue: str, template: dict[str, Any]
) -> None:
    """Kept no longer than a day: what is still due is handed out again each hour."""
    declared = properties(template, queue)

    assert declared["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["FailedRuns", "Arn"]},
        "maxReceiveCount": 5,
    }
    assert declared["VisibilityTimeout"] == 6 * functions(template)["CheckVat"]["Timeout"]
    assert declared["KmsMasterKeyId"] == {"Ref": "DataKey"}
    assert CLAIMED_FOR.total_seconds() < declared["MessageRetentionPeriod"] == 86_400


def test_due_plants_are_told_of_from_a_queue_part_by_part(template: dict[str, Any]) -> None:
    """In the vendor's time zone, so that eight o'clock is a quarter of an hour."""
    function, queue = functions(template)["TellTerms"], properties(template, "TermQueue")
    schedule, portions = (event["Properties"] for event in function["Events"].values())

    assert schedule["ScheduleExpression"] == "cron(0/15 * * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": "TimeZone"}
    assert portions["Queue"] == {"Fn::GetAtt": ["TermQueue", "Arn"]}
    assert portions["BatchSize"] == 1
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["FailedRuns", "Arn"]},
        "maxReceiveCount": 5,
    }
    assert queue["VisibilityTimeout"] == 6 * function["Timeout"]
    assert queue["KmsMasterKeyId"] == {"Ref": "DataKey"}


FOLLOWED: dict[str, dict[str, set[str]]] = {
    "DeliverOutbox": {"INSERT": {"ORDER", "NOTICE", "EVENT", "VAT_DUE"}, "MODIFY": {"VAT_DUE"}},
    "WriteAudit": {
        "INSERT": {
            *("MESSAGE", "ORDER", "DONGLE", "ACCOUNT", "USER", "SIGN_IN", "SERVICE"),
            *("PAYMENT", "SERIAL", "LOCK#", "KEY#", keys.VAT_RECORD),
            *(keys.PLANT, keys.TERM_ORDER, keys.WITHDRAWAL, keys.REPAIR),
        },
        "MODIFY": {
            *("MESSAGE", "ORDER", "DONGLE", "ACCOUNT", "USER", "SIGN_IN", "SERVICE"),
            *("PAYMENT", "SERIAL", "LOCK#", "KEY#"),
            *(keys.PLANT, keys.TERM_ORDER, keys.WITHDRAWAL, keys.REPAIR),
        },
    },
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_which_changes_of_the_table_start_a_function(name: str, template: dict[str, Any]) -> None:
    (trigger,) = functions(template)[name]["Events"].values()
    seen: dict[str, set[str]] = {}
    for one in trigger["Properties"]["FilterCriteria"]["Filters"]:
        pattern = json.loads(one["Pattern"])
        kinds = pattern["dynamodb"]["Keys"]["SK"]["S"]
        for change in pattern["eventName"]:
            names = {kind if isinstance(kind, str) else kind["prefix"] for kind in kinds}
            seen.setdefault(change, set()).update(names)

    assert seen == FOLLOWED[name]
    assert keys.vat_due(AccountNumber("1"))["SK"]["S"] == "VAT_DUE"


def test_whatever_an_audit_trail_tells_of_starts_its_writer() -> None:
    assert FOLLOWED["WriteAudit"]["INSERT"] >= KINDS.keys()


@pytest.mark.parametrize("queue", ["InboundSmsQueue", "DeadLetters", "FailedRuns"])
def test_queues_keep_fourteen_days_encrypted(queue: str, template: dict[str, Any]) -> None:
    assert properties(template, queue)["MessageRetentionPeriod"] == 14 * 86_400
    assert properties(template, queue)["KmsMasterKeyId"] == {"Ref": "DataKey"}


def test_visibility_is_at_least_six_timeouts(template: dict[str, Any]) -> None:
    timeout, visibility = (template["Parameters"][p] for p in ("SmsTimeout", "SmsVisibility"))
    (rule,) = template["Rules"]["VisibilityIsSixTimeouts"]["Assertions"]

    assert visibility["Default"] >= 6 * timeout["Default"]
    for seconds in timeout["AllowedValues"]:
        for hidden in visibility["AllowedValues"]:
            chosen = {"SmsTimeout": str(seconds), "SmsVisibility": str(hidden)}
            assert holds(rule["Assert"], chosen) == (hidden >= 6 * seconds)


def holds(condition: Any, chosen: dict[str, str]) -> bool:
    """Evaluate a rule of the template, as CloudFormation does."""
    ((operator, parts),) = condition.items()
    match operator:
        case "Fn::Or":
            return any(holds(part, chosen) for part in parts)
        case "Fn::And":
            return all(holds(part, chosen) for part in parts)
        case "Fn::Not":
            return not holds(parts[0], chosen)
        case "Fn::Equals":
            return chosen[parts[0]["Ref"]] == str(parts[1])
        case "Fn::Contains":
            return chosen[parts[1]["Ref"]] in parts[0]
    raise AssertionError(operator)


def test_the_table_is_protected(template: dict[str, Any]) -> None:
    table = properties(template, "Table")

    assert template["Resources"]["Table"]["DeletionPolicy"] == "Retain"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["KMSMasterKeyId"] == {"Ref": "DataKey"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        keys.BY_MONTH,
        keys.BY_DUE,
    }


@pytest.mark.parametrize("key", ["MasterKey1", "MasterKey2", "MasterKey3"])
def test_master_keys_make_macs_and_are_never_deleted_with_the_stack(
    key: str, template: dict[str, Any]
) -> None:
    assert template["Resources"][key]["DeletionPolicy"] == "Retain"
    assert properties(template, key)["KeySpec"] == "HMAC_256"
    assert properties(template, key)["KeyUsage"] == "GENERATE_VERIFY_MAC"


def test_only_end_user_messaging_of_this_account_may_publish(template: dict[str, Any]) -> None:
    statements = properties(template, "EndUserMessagingMayPublish")["PolicyDocument"]["Statement"]
    (statement,) = (one for one in statements if one["Effect"] == "Allow")

    assert statement["Principal"] == {"Service": "sms-voice.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


TLS_ONLY: dict[str, Any] = {
    "EndUserMessagingMayPublish": {"Ref": "InboundSms"},
    "TopicMayFillQueue": {"Fn::GetAtt": ["InboundSmsQueue", "Arn"]},
    "TopicMayLeaveDeadLetters": {"Fn::GetAtt": ["DeadLetters", "Arn"]},
    "FailedRunsByTlsOnly": {"Fn::GetAtt": ["FailedRuns", "Arn"]},
    "UploadsMayFillQueue": {"Fn::GetAtt": ["ListsQueue", "Arn"]},
    "PortionsByTlsOnly": {"Fn::GetAtt": ["TermQueue", "Arn"]},
    "QuestionsByTlsOnly": [{"Fn::GetAtt": [queue, "Arn"]} for queue in QUESTIONS],
}


@pytest.mark.parametrize("policy", TLS_ONLY)
def test_nothing_comes_without_encryption_on_its_way(policy: str, template: dict[str, Any]) -> None:
    statements = properties(template, policy)["PolicyDocument"]["Statement"]
    (denied,) = (one for one in statements if one["Effect"] == "Deny")

    assert denied["Principal"] == "*"
    assert denied["Action"] in {"sqs:*", "sns:Publish"}
    assert denied["Resource"] == TLS_ONLY[policy]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_queue_and_topic_that_texts_pass_says_so(template: dict[str, Any]) -> None:
    queues = {
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SQS::Queue"
    }

    covered = [each for resource in list(TLS_ONLY.values())[1:] for each in as_list(resource)]
    assert queues == {resource["Fn::GetAtt"][0] for resource in covered}


def test_every_country_is_blocked_but_those_that_can_be_chosen(template: dict[str, Any]) -> None:
    rules = properties(template, "OnlyServedCountries")["CountryRuleSet"]["SMS"]
    status = {rule["CountryCode"]: rule["ProtectStatus"] for rule in rules}

    assert len(status) == len(rules) > 200
    chosen = {country: rule for country, rule in status.items() if rule != "BLOCK"}
    assert chosen.keys() == CALLING_CODES.keys()
    for country, rule in chosen.items():
        assert rule == {"Fn::If": [f"Serves{country}", "ALLOW", "BLOCK"]}
        assert country in str(template["Conditions"][f"Serves{country}"])


def test_logs_are_kept_for_a_time_and_encrypted(template: dict[str, Any]) -> None:
    logs = properties(template, "Logs")

    assert logs["RetentionInDays"] == {"Ref": "LogDays"}
    assert logs["KmsKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
    assert template["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}


def test_every_alarm_is_heard_and_has_a_page_in_the_runbook(template: dict[str, Any]) -> None:
    runbook = (ROOT / "docs/runbook.md").read_text("utf-8")
    alarms = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }

    assert {f"{name}Errors" for name in ALLOWED} <= alarms.keys()
    assert {"TextsInDeadLetters", "RunsFailed", "TextsWaitTooLong"} <= alarms.keys()
    assert {"VatAlarm", "VatGivenUp", "VatChecksFailed", "VatDueUnreadable"} <= alarms.keys()
    assert {"TermsNotTold", "TermsToldLate"} <= alarms.keys()
    assert {"VatChecksNotBegun", "VatChecksNotRepeated"} <= alarms.keys()
    assert {"PaymentsNotKept", "PaymentsNotSigned", "PaymentPagesRefused"} <= alarms.keys()
    assert {"PaymentsOverdue", "PaymentsNotWatched", "WithdrawalsWaiting"} <= alarms.keys()
    assert {"ListsFailed", "ListsUnreadable", "ListsWaitTooLong"} <= alarms.keys()
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == [{"Ref": "Alarms"}], name
        assert f"## {name}" in runbook


def test_runtime_and_architecture(template: dict[str, Any]) -> None:
    shared = template["Globals"]["Function"]

    assert shared["Runtime"] == "python3.13"
    assert template["Parameters"]["Architecture"]["Default"] == "arm64"


def test_what_is_printed_at_the_end_of_a_deployment(template: dict[str, Any]) -> None:
    assert {"InboundSmsTopicArn", "InboundSmsQueueUrl", "TableName"} <= template["Outputs"].keys()


def test_stripes_secrets_are_in_no_environment_and_no_template(template: dict[str, Any]) -> None:
    for name in ("PaymentPage", "StripeWebhook", "WatchPayments"):
        given = environment(template, name)
        secret = {variable: text for variable, text in given.items() if "STRIPE" in variable}
        assert all(text["Ref"] in template["Parameters"] for text in secret.values())
    for parameter in ("StripeKeyArn", "StripeWebhookSecretArn"):
        declared = template["Parameters"][parameter]
        assert "Default" not in declared
        allowed = re.compile(declared["AllowedPattern"])
        assert allowed.fullmatch("arn:aws:ssm:eu-central-1:123456789012:parameter/freischalt/key")
        assert not allowed.fullmatch("sk_live_51")
        assert not allowed.fullmatch("whsec_51")


def test_what_machines_do_has_limits_of_its_own(template: dict[str, Any]) -> None:
    """API Gateway limits all callers of a route together; unknown routes fail the deployment."""
    routes = {
        f"{properties_['Method']} {properties_['Path']}"
        for _, kind, properties_ in events(template)
        if kind == "HttpApi"
    }
    settings = properties(template, "Api")["RouteSettings"]
    default = properties(template, "Api")["DefaultRouteSettings"]

    assert settings.keys() <= routes
    chosen = settings["GET /entitlements/{subject}"]["ThrottlingRateLimit"]["Ref"]
    assert template["Parameters"][chosen]["Default"] > default["ThrottlingRateLimit"]
    reports = settings["PUT /plants/{plant}/production"]["ThrottlingRateLimit"]
    assert reports > default["ThrottlingRateLimit"]


def test_a_browser_may_ask_again_with_what_it_has(template: dict[str, Any]) -> None:
    """Conditional headers are no safelisted ones: CORS has to allow each that we answer to."""
    cors = properties(template, "Api")["CorsConfiguration"]

    assert {"if-match", "if-none-match"} <= {*cors["AllowHeaders"]}
    assert "etag" in cors["ExposeHeaders"]


def test_only_the_webhook_and_the_pages_to_come_back_to_are_open(template: dict[str, Any]) -> None:
    """Of what has to do with payments; Stripe signs, and a page says nothing."""
    open_ = {
        (properties_["Method"], properties_["Path"])
        for _, kind, properties_ in events(template)
        if kind == "HttpApi" and properties_.get("Auth", {}).get("Authorizer") == "NONE"
    }

    assert {way for way in open_ if "pay" in way[1]} == {
        ("POST", "/payments/stripe"),
        ("GET", "/payments/done"),
        ("GET", "/payments/cancelled"),
    }
