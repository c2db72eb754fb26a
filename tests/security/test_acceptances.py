"""What the reasons in `security/accepted.toml` lean on, and no other test holds on to."""

from typing import Any

from tests.template.test_permissions import as_list
from tests.template.test_template import events


def test_whoever_may_use_a_key_without_a_name_is_of_this_account_and_comes_through_a_service(
    template: dict[str, Any],
) -> None:
    open_statements = [
        statement
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::KMS::Key"
        for statement in resource["Properties"]["KeyPolicy"]["Statement"]
        if statement["Principal"] in ("*", {"AWS": "*"})
    ]

    for statement in open_statements:
        condition = statement["Condition"]["StringEquals"]
        assert condition["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
        assert all(
            service["Fn::Sub"].endswith(".${AWS::Region}.amazonaws.com")
            for service in condition["kms:ViaService"]
        )
        assert not any(action.startswith("kms:*") for action in as_list(statement["Action"]))
    assert len(open_statements) == 1


def test_every_trigger_bounds_how_often_its_function_runs_at_once(
    template: dict[str, Any],
) -> None:
    for name, kind, trigger in events(template):
        match kind:
            case "SQS":
                assert trigger["ScalingConfig"]["MaximumConcurrency"] <= 10, name
            case "DynamoDB":
                assert "ParallelizationFactor" not in trigger, name
            case "HttpApi":
                limits = template["Resources"]["Api"]["Properties"]["DefaultRouteSettings"]
                assert limits["ThrottlingRateLimit"] <= 50, name
            case _:
                assert kind == "ScheduleV2", name
