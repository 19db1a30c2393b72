"""The CloudFormation stack of a stage: made and updated by change sets, read, and waited for.

Whatever an interrupted run left is found and finished or cleared away: an operation in progress is waited for, change
sets that nobody executed go, and so does a stack whose first creation was rolled back, which holds nothing.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from scc.edge import template
from scc.edge.errors import EdgeError
from scc.edge.stages import Stage

Say = Callable[[str], None]

# A distribution is everywhere within a few minutes, a table is made within one.
WAIT_SECONDS = 45 * 60
# The first look comes soon: an emulator is done at once.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0

# Roles have names of their own.
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]

_STANDS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# By which those are found that outlive their stack.
_NAMES = {"AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName"}
_REVIEWED = "REVIEW_IN_PROGRESS"
_ROLLED_BACK = "ROLLBACK_COMPLETE"
_GONE = ("", "DELETE_COMPLETE")
# What CloudFormation says of a change set that would change nothing.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


def wait_until_settled(stage: Stage, say: Say) -> None:
    """Wait until nobody works on the stack. Raises EdgeError when that takes too long."""
    client = _client(stage)
    status = _status(client, stage)
    if _is_moving(status):
        say(f"stack {stage.stack}: {status}, of another run; waiting for its end")
        _settled(client, stage)


def apply(stage: Stage, *, body: str, parameters: Mapping[str, str], say: Say, only_new: bool = False) -> bool:
    """Make the stage's stack as `body` has it, or update it, and wait for the end. Returns whether anything changed.

    parameters: those that are not given keep the value that they have.
    only_new: refuse a stack that stands: it was made by another, and what is given here was not meant for it.
    Raises EdgeError with the reasons of each resource that failed; the stack is then as it was before.
    """
    client = _client(stage)
    _make_ready(client, stage, say)
    if only_new and _status(client, stage) in _STANDS:
        raise EdgeError(f"Somebody else has made the stack {stage.stack} meanwhile. Run this again when they are done.")
    change_set = _change_set(client, stage, body, parameters)
    if change_set is None:
        say(f"stack {stage.stack}: no changes")
        return False
    for line in _changes(client, stage, change_set):
        say(line)
    _execute(client, stage, change_set)
    status = _settled(client, stage)
    if status not in _DONE:
        raise EdgeError(f"The stack {stage.stack} is {status}.\n{_reasons(client, stage)}")
    say(f"stack {stage.stack}: {status}")
    return True


def preview(stage: Stage, *, body: str, parameters: Mapping[str, str]) -> list[str]:
    """Return a line for each resource that `apply` would add, change or remove. Nothing stays of the question.

    Raises EdgeError when the template or a parameter is refused.
    """
    client = _client(stage)
    status = _status(client, stage)
    if status not in {*_STANDS, *_GONE, _REVIEWED}:
        return [f"The stack is {status}; a deploy would begin with that."]
    try:
        change_set = _change_set(client, stage, body, parameters)
        return ["no changes"] if change_set is None else list(_changes(client, stage, change_set))
    finally:
        if status in _STANDS:
            _drop_change_sets(client, stage)
        else:
            _delete(client, stage)


def outputs(stage: Stage) -> dict[str, str]:
    """Return what the stack gives, by name. Nothing when there is no stack."""
    described = _described(_client(stage), stage)
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def current(stage: Stage) -> tuple[str, dict[str, str]] | None:
    """Return the template that is deployed and its parameters, None when there is no stack.

    OriginSecret is not among them: CloudFormation does not tell it.
    """
    client = _client(stage)
    described = _described(client, stage)
    if described.get("StackStatus", "") in {*_GONE, _REVIEWED, _ROLLED_BACK}:
        return None
    body = client.get_template(StackName=stage.stack)["TemplateBody"]
    # boto3 reads a template that is JSON.
    text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))
    secret = _secret_names(template.load(text))
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
    return text, {name: value for name, value in parameters.items() if name not in secret}


def wait_until_deployed(distribution_id: str, say: Say) -> None:
    """Wait until what a distribution was told is at every edge. Raises EdgeError when that takes too long."""
    client: Any = boto3.client("cloudfront")
    said = False
    for _ in _pauses(f"The distribution {distribution_id} is not deployed everywhere"):
        if client.get_distribution(Id=distribution_id)["Distribution"]["Status"] == "Deployed":
            return
        if not said:
            say(f"distribution {distribution_id}: on its way to every edge")
            said = True


def distribution_faults(distribution_id: str) -> list[str]:
    """Return a sentence for each thing that is not as the template has it, in the distribution as CloudFront tells it.

    Raises botocore's ClientError when AWS does not tell.
    """
    client: Any = boto3.client("cloudfront")
    config = client.get_distribution_config(Id=distribution_id)["DistributionConfig"]
    found = template.faults(config)
    for cache, request in template.shared_policies(config):
        found += template.policy_faults(
            client.get_cache_policy_config(Id=cache)["CachePolicyConfig"],
            client.get_origin_request_policy_config(Id=request)["OriginRequestPolicyConfig"],
        )
    return found


def _client(stage: Stage) -> Any:
    # boto3's types know each service by name; the stubs of this one are not installed.
    return boto3.client("cloudformation", region_name=stage.region)


def _described(client: Any, stage: Stage) -> dict[str, Any]:
    """Return what CloudFormation says of the stack, nothing when there is none."""
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=stage.stack)["Stacks"][0]
    except ClientError as exc:
        if "does not exist" in exc.response["Error"]["Message"]:
            return {}
        raise
    return stack


def _status(client: Any, stage: Stage) -> str:
    return str(_described(client, stage).get("StackStatus", ""))


def _make_ready(client: Any, stage: Stage, say: Say) -> None:
    """Bring the stack to where it can be made or updated. Raises EdgeError when only the operator can."""
    status = _status(client, stage)
    if _is_moving(status):
        say(f"stack {stage.stack}: {status}, of an earlier run; waiting for its end")
        status = _settled(client, stage)
    if status == _ROLLED_BACK:
        say(f"stack {stage.stack}: {status}, of a first run that failed; deleting what is left of it")
        _delete(client, stage)
        status = ""
    if status not in {*_STANDS, *_GONE, _REVIEWED}:
        raise EdgeError(
            f"The stack {stage.stack} is {status}, which no deploy can mend. Look at it in the console of "
            f"CloudFormation, continue its rollback or delete it there, and deploy again.\n{_reasons(client, stage)}"
        )
    if status not in _GONE:
        _drop_change_sets(client, stage)


def _is_moving(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != _REVIEWED


def _settled(client: Any, stage: Stage) -> str:
    """Return the stack's status once nothing moves, "" when it is gone. Raises EdgeError after WAIT_SECONDS."""
    for _ in _pauses(f"The stack {stage.stack} is still being worked on"):
        status = _status(client, stage)
        if not _is_moving(status):
            return status
    raise AssertionError("the pauses end with an error")


def _delete(client: Any, stage: Stage) -> None:
    client.delete_stack(StackName=stage.stack)
    status = _settled(client, stage)
    if status not in _GONE:
        raise EdgeError(f"The stack {stage.stack} could not be deleted: {status}.\n{_reasons(client, stage)}")


def _drop_change_sets(client: Any, stage: Stage) -> None:
    for page in client.get_paginator("list_change_sets").paginate(StackName=stage.stack):
        for each in page["Summaries"]:
            client.delete_change_set(StackName=stage.stack, ChangeSetName=each["ChangeSetId"])


def _change_set(client: Any, stage: Stage, body: str, parameters: Mapping[str, str]) -> str | None:
    """Make a change set and return its id, None when it would change nothing. Raises EdgeError when it is refused."""
    described = _described(client, stage)
    stands = described.get("StackStatus", "") in _STANDS
    adopts = not stands and _has_outlived(stage)
    try:
        change_set = client.create_change_set(
            StackName=stage.stack,
            ChangeSetName=f"deploy-{secrets.token_hex(8)}",
            ChangeSetType="UPDATE" if stands else "CREATE",
            ImportExistingResources=adopts,
            TemplateBody=_with_names(body, stage) if adopts else body,
            Parameters=_parameters(body, parameters, described if stands else {}),
            Capabilities=CAPABILITIES,
            Tags=[{"Key": "project", "Value": stage.project}, {"Key": "stage", "Value": stage.name}],
        )["Id"]
    except ClientError as exc:
        raise EdgeError(f"CloudFormation refused the template: {exc.response['Error']['Message']}") from exc
    for _ in _pauses(f"The change set of {stage.stack} is not ready"):
        answer = client.describe_change_set(StackName=stage.stack, ChangeSetName=change_set)
        if answer["Status"] == "CREATE_COMPLETE":
            return str(change_set)
        if answer["Status"] == "FAILED":
            reason = answer.get("StatusReason", "")
            told = _with_validation(client, reason, StackName=stage.stack, ChangeSetName=change_set)
            client.delete_change_set(StackName=stage.stack, ChangeSetName=change_set)
            if any(words in reason for words in _NO_CHANGES):
                return None
            raise EdgeError(f"CloudFormation refused the change of {stage.stack}: {told}")
    raise AssertionError("the pauses end with an error")


def _has_outlived(stage: Stage) -> bool:
    """Return whether the table of a stack that was deleted is still there, and with it the buckets: they are kept."""
    client = boto3.client("dynamodb", region_name=stage.region)
    try:
        client.describe_table(TableName=stage.table)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def _with_names(body: str, stage: Stage) -> str:
    """Return a template whose table and buckets have their names written out.

    By those a new stack takes over what there is; a name that is put together is not looked for.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    """
    any_client: Any = boto3
    account = any_client.client("sts", region_name=stage.region).get_caller_identity()["Account"]
    values = {"Project": stage.project, "Stage": stage.name, "AWS::AccountId": account}
    loaded = template.load(body)
    for resource in loaded["Resources"].values():
        name = _NAMES.get(resource["Type"])
        if name:
            parts = resource["Properties"][name]["Fn::Sub"]
            # Nothing that was there before may go with a first run that fails.
            resource["DeletionPolicy"] = "Retain"
            resource["Properties"][name] = re.sub(r"\$\{([\w:]+)\}", lambda found: values[found[1]], parts)
    return json.dumps(loaded, separators=(",", ":"))


def _execute(client: Any, stage: Stage, change_set: str) -> None:
    """Execute a change set and wait for its end. The stack's own status may still be the old one for a moment."""
    client.execute_change_set(StackName=stage.stack, ChangeSetName=change_set)
    for _ in _pauses(f"The change of {stage.stack} goes on"):
        try:
            status = client.describe_change_set(StackName=stage.stack, ChangeSetName=change_set)["ExecutionStatus"]
        except client.exceptions.ChangeSetNotFoundException:
            return
        if status not in {"AVAILABLE", "EXECUTE_IN_PROGRESS"}:
            return


def _parameters(body: str, given: Mapping[str, str], described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a change set's parameters: those given, and of the template's others what the stack has."""
    has = {each["ParameterKey"] for each in described.get("Parameters", [])}
    kept = [name for name in template.load(body).get("Parameters", {}) if name in has and name not in given]
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()] + [
        {"ParameterKey": name, "UsePreviousValue": True} for name in kept
    ]


def _secret_names(loaded: Mapping[str, Any]) -> set[str]:
    return {name for name, each in loaded.get("Parameters", {}).items() if each.get("NoEcho")}


def _changes(client: Any, stage: Stage, change_set: str) -> Iterator[str]:
    for page in client.get_paginator("describe_change_set").paginate(StackName=stage.stack, ChangeSetName=change_set):
        for change in page["Changes"]:
            each = change["ResourceChange"]
            # A resource that is replaced is a new one, and what was in the old one is not in it.
            note = {"True": ", replaced", "Conditional": ", perhaps replaced"}.get(each.get("Replacement", ""), "")
            yield f"{each['Action'].lower()} {each['LogicalResourceId']} ({each['ResourceType']}){note}"


def _reasons(client: Any, stage: Stage) -> str:
    """Return why the last operation failed, a line for each resource that CloudFormation gives a reason for."""
    found = []
    for event in _events_of_last_operation(client, stage):
        reason = event.get("ResourceStatusReason", "")
        # The others were only stopped because of the first.
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
            found.append(f"{event['LogicalResourceId']}: {reason or event['ResourceStatus']}")
    told = _with_validation(client, "\n".join(reversed(found)), StackName=stage.stack)
    return told or "CloudFormation gives no reason."


def _with_validation(client: Any, reason: str, **of: str) -> str:
    """Return the reason, with what CloudFormation found wrong before it began, where the reason only points there.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    if "DescribeEvents" not in reason:
        return reason
    events = client.describe_events(**of, Filters={"FailedEvents": True})["OperationEvents"]
    wrong = [
        f"{event.get('ValidationPath') or event.get('LogicalResourceId', '')}: {event['ValidationStatusReason']}"
        for event in events
        if event["EventType"] == "VALIDATION_ERROR" and event["OperationId"] == events[0]["OperationId"]
    ]
    return "\n".join([reason, *wrong])


def _events_of_last_operation(client: Any, stage: Stage) -> Iterator[dict[str, Any]]:
    """Yield the newest events of the stack, back to where its last create, update or delete began."""
    began = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stage.stack):
        for event in page["StackEvents"]:
            yield event
            if event["PhysicalResourceId"] == event["StackId"] and event["ResourceStatus"] in began:
                return


def _pauses(what: str) -> Iterator[None]:
    """Yield at once and then after ever longer pauses. Raises EdgeError after WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    pause = FIRST_PAUSE
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    raise EdgeError(f"{what} after {WAIT_SECONDS // 60} minutes. Run this again: it goes on where this one ended.")
