"""checkov and bandit find what is planted for them, also where they are told to look away."""

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from security import gates
from security.gates import code_findings, template_findings
from security.tools import ToolFailed

pytestmark = pytest.mark.usefixtures("tools")

OPEN = """
Resources:
  Texts:
    Type: AWS::SQS::Queue
  Key:
    Type: AWS::KMS::Key
    Metadata:
      checkov: {skip: [{id: CKV_AWS_7, comment: because}]}
    Properties:
      KeyPolicy: {Statement: [{Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}]}
"""


def test_checkov_finds_what_is_open_and_what_the_template_wants_to_skip(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(OPEN)

    found = {(finding.rule, finding.on) for finding in template_findings(file)}

    assert {("CKV_AWS_27", "Texts"), ("CKV_AWS_33", "Key"), ("CKV_AWS_7", "Key")} <= found


def test_a_template_that_checkov_cannot_read_has_not_passed(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("Resources: {Texts: [")

    with pytest.raises(ToolFailed, match="could not read"):
        template_findings(file)


def test_a_template_in_which_checkov_sees_no_resource_has_not_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing = '{"passed": 0, "failed": 0, "parsing_errors": 0, "resource_count": 0}'
    monkeypatch.setattr(gates, "run", lambda *_: CompletedProcess(["checkov"], 0, nothing, ""))

    with pytest.raises(ToolFailed, match="could not read"):
        template_findings(Path("template.yaml"))


def test_bandit_finds_a_shell_in_spite_of_nosec(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import subprocess\n\nsubprocess.run('ls ' + input(), shell=True)  # nosec\n"
    )

    found = [(finding.rule, finding.where) for finding in code_findings(tmp_path, ["."])]

    assert ("B602", "./app.py:3") in found


@pytest.mark.parametrize("content", ["def broken(:\n", ""])
def test_code_that_bandit_cannot_read_has_not_passed(content: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(content)

    with pytest.raises(ToolFailed, match="could not read"):
        code_findings(tmp_path, ["."])
