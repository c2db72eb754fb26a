"""AWS on this machine: MiniStack on loopback, with its data in one folder.

>>> MiniStack(4566, Path(".local")).endpoint
'http://127.0.0.1:4566'

MiniStack writes its state when it is told to stop (SIGTERM), and only then. It runs functions as
child processes, in its own Python and with its own environment, and their command line is
`python FOLDER/tmp/ministack-lambda-NAME-.../_worker.py`.
"""

import fcntl
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.clock import VARIABLE, clock_in
from local.processes import LOOPBACK, ChildProcess, LocalStackError

# Any key will do, as long as it is none of AWS: MiniStack takes it for its account's administrator.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
REGION: Final = "eu-central-1"
ACCOUNT = "000000000000"
FUNCTION_START = Path(__file__).parent / "function_start"


class MiniStack(ChildProcess):
    """A MiniStack that listens on `port` and keeps everything in `folder`; use it with `with`.

    `environment` reaches MiniStack and, through it, every function worker.
    """

    def __init__(
        self,
        port: int,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        keep_state: bool = True,
        enforce_permissions: bool = False,
    ) -> None:
        self.port = port
        self.folder = folder.absolute()
        self.endpoint = f"http://{LOOPBACK}:{port}"
        settings = {
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",  # would listen on all interfaces
            "SFTP_ENABLED": "0",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": str(int(keep_state)),
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": str(int(keep_state)),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(self.folder / "tmp"),
            "AUTH": str(enforce_permissions).lower(),
            VARIABLE: str(clock_in(folder).file),
            "PYTHONPATH": str(FUNCTION_START),  # what Python looks for at the start of a function
        }
        super().__init__(
            "local.mended_ministack",
            log=self.folder / "ministack.log",
            environment={**surroundings(), **settings, **(environment or {})},
        )

    def start(self) -> None:
        """Start with the state of last time, and wait until all services are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "in-use").open("w") as claim:
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:  # two at a time would overwrite each other's state
                raise LocalStackError(
                    f"{self.folder} is in use by another local stack, or still being saved."
                ) from error
            self._keep_port()
            self._forget_workers()
            self._start(pass_on=[claim.fileno()])  # it holds the claim until its end, not ours
        self.wait_until_up(f"{self.endpoint}/_ministack/ready")

    def _keep_port(self) -> None:
        """The saved state names queues by host and port; at another one they would stand still."""
        remembered = self.folder / "aws-port"
        if remembered.exists() and remembered.read_text() != str(self.port):
            raise LocalStackError(
                f"The data in {self.folder} belongs to port {remembered.read_text()}, "
                f"not {self.port}.\nUse that port, or forget the data with `make clean-local`."
            )
        remembered.write_text(str(self.port))

    def _forget_workers(self) -> None:
        """A worker that was killed has left its code behind; the layers are unpacked anew, too."""
        unpacked = self.folder / "tmp"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpacked.mkdir()


def surroundings() -> dict[str, str]:
    """The environment without the AWS account that the developer may be signed in to."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return ours | {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": REGION,
    }
