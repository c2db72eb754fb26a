"""The composition root of what customers upload."""

import os

from freischalt.adapters.s3_handover import SIGNED
from freischalt.adapters.s3_list_files import S3ListUploads
from freischalt.adapters.sdk import client
from freischalt.api_settings import ListSettings
from freischalt.list_ports import ListUploads


def list_uploads() -> ListUploads:
    return S3ListUploads(
        lambda: client("s3", read_seconds=5, **SIGNED), ListSettings.of(os.environ).bucket
    )
