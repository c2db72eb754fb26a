"""The composition root: the only place where ports meet adapters.

Each function takes what it needs, once, and keeps it for the life of its environment.
"""

import os

from freischalt.adapters.compiled_catalogue import load_catalogue
from freischalt.adapters.dynamodb_messages import DynamoDbMessages
from freischalt.adapters.dynamodb_order_numbers import DynamoDbOrderNumbers
from freischalt.adapters.kms_code_maker import KmsCodeMaker
from freischalt.adapters.sdk import client
from freischalt.adapters.sms_voice_sender import SmsVoiceSender
from freischalt.clock import pause
from freischalt.settings import SmsSettings
from freischalt.use_cases.desk import Desk, Policy


def sms_settings() -> SmsSettings:
    return SmsSettings.of(os.environ)


def sms_desk(settings: SmsSettings) -> Desk:
    dynamodb = client("dynamodb")
    return Desk(
        messages=DynamoDbMessages(dynamodb, settings.table, settings.time_zone),
        numbers=DynamoDbOrderNumbers(dynamodb, settings.table),
        codes=KmsCodeMaker(client("kms"), settings.key_ring),
        sms=SmsVoiceSender(
            client("pinpoint-sms-voice-v2", attempts=1, read_seconds=2),
            origination_identity=settings.origination_identity,
            configuration_set=settings.configuration_set,
            opt_out_list=settings.opt_out_list,
            pause=pause,
        ),
        policy=Policy(
            catalogue=load_catalogue(settings.catalogue),
            own_numbers=settings.own_numbers,
            served_prefixes=settings.served_prefixes,
            replies_an_hour=settings.replies_an_hour,
            repeated_order_within=settings.repeated_order_within,
            confirm_above=settings.confirm_above,
            in_hand_for=settings.function_timeout,
            time_zone=settings.time_zone,
        ),
        pause=pause,
    )
