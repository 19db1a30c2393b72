"""What is done to Lambda functions beside Zappa. Everything here finds out first, so it may be run again at any time.

A version is code and configuration as they were when it was published, the environment among them; an alias names one.
A version's description is the release that it is of.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from scc.edge.environment import check_size, without_values
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, SLOT

Client = Any
Configuration = dict[str, Any]

OPS_HANDLER = "scc.lambda_handler.ops"
# The longest that Lambda lets a function run.
OPS_SECONDS = 900

# A function is ready within seconds of a change; a role may be unknown to Lambda for longer after it was made.
WAIT_SECONDS = 120.0
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 3.0

# By these names Zappa knows whether the two permissions of a Function URL are there; it looks at nothing else of them.
_URL_SID = "FunctionURLAllowPublicAccess"
_INVOKE_SID = "FunctionURLAllowPublicAccessInvoke"
_VIA_URL = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}

# What makes two versions of the same code different to whoever calls them.
_CONFIGURED = ("Role", "Handler", "Runtime", "Architectures", "MemorySize", "Timeout", "EphemeralStorage", "Layers")


def configuration(client: Client, name: str, qualifier: str = SLOT) -> Configuration | None:
    """Return what Lambda says of a function, at its slot, an alias or a version; None where there is none."""
    found: Configuration | None = _or_none(
        lambda: client.get_function_configuration(FunctionName=name, **_at(qualifier))
    )
    return found


def variables(configuration: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the environment of a configuration."""
    return dict(((configuration or {}).get("Environment") or {}).get("Variables") or {})


def environment_of(client: Client, name: str, qualifier: str = SLOT) -> dict[str, str]:
    """Return the environment of a function, {} where there is none."""
    return variables(configuration(client, name, qualifier))


def wait_until_active(client: Client, name: str, qualifier: str = SLOT, *, seconds: float = WAIT_SECONDS) -> None:
    """Wait until a function may be changed and invoked. Raises EdgeError when it failed, or is not ready in time."""

    def is_ready() -> bool:
        found = client.get_function_configuration(FunctionName=name, **_at(qualifier))
        if "Failed" in {found.get("State"), found.get("LastUpdateStatus")}:
            reason = found.get("LastUpdateStatusReason") or found.get("StateReason")
            raise EdgeError(f"Lambda could not make {name} ready: {reason}")
        return not {"Pending", "InProgress"} & {found.get("State"), found.get("LastUpdateStatus")}

    _wait(is_ready, f"{name} is not active", seconds)


def set_environment(client: Client, name: str, values: Mapping[str, str], *, seen: Mapping[str, str]) -> bool:
    """Give a function's slot this environment. Returns whether it was another.

    seen: the environment that `values` were made from.
    Raises EdgeError when someone has changed it since then: what they set would be lost.
    """
    check_size(values)
    wait_until_active(client, name)
    found = client.get_function_configuration(FunctionName=name)
    if variables(found) == values:
        return False
    changed = f"The environment of {name} was changed while this ran. Nothing was written: run it again."
    if variables(found) != seen:
        raise EdgeError(changed)
    try:
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": dict(values)}, RevisionId=found["RevisionId"]
        )
    except client.exceptions.PreconditionFailedException as exc:
        raise EdgeError(changed) from exc
    except client.exceptions.InvalidParameterValueException as exc:
        raise _refused(name, exc, values) from None
    wait_until_active(client, name)
    return True


def set_code(client: Client, name: str, *, bucket: str, key: str, sha256: str, architecture: str) -> bool:
    """Put a package on a function's slot. Returns whether it was another.

    sha256: of the package, in base64, as Lambda says it.
    """
    wait_until_active(client, name)
    found = client.get_function_configuration(FunctionName=name)
    if found["CodeSha256"] == sha256 and found["Architectures"] == [architecture]:
        return False
    client.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key=key, Architectures=[architecture])
    wait_until_active(client, name)
    return True


def configure(client: Client, name: str, **wanted: Any) -> bool:
    """Give a function's slot settings by their names in Lambda's API. Returns whether one was another."""
    wait_until_active(client, name)
    found = client.get_function_configuration(FunctionName=name)
    if all(found.get(setting) == value for setting, value in wanted.items()):
        return False
    client.update_function_configuration(FunctionName=name, **wanted)
    wait_until_active(client, name)
    return True


def publish(client: Client, name: str, code_sha256: str, description: str) -> str:
    """Publish the slot as a version of this description, and return its number.

    A version of the same description, code and configuration is taken instead where there is one.
    Raises EdgeError when the slot has other code than `code_sha256`.
    """
    wait_until_active(client, name)
    slot = client.get_function_configuration(FunctionName=name)
    if slot["CodeSha256"] != code_sha256:
        raise EdgeError(f"{name} has other code than was put there. Is another deploy under way? Run this one again.")
    there = version_of(client, name, description, like=slot)
    if there:
        return there
    made = _publish(client, name, slot, description)
    if made["Description"] != description:
        # Lambda publishes nothing when nothing changed since the last version: it gives that one, which is Zappa's.
        configure(client, name, Description=description)
        made = _publish(client, name, client.get_function_configuration(FunctionName=name), description)
    wait_until_active(client, name, made["Version"])
    return str(made["Version"])


def version_of(client: Client, name: str, description: str, *, like: Mapping[str, Any]) -> str:
    """Return the newest version of this description with the code and configuration of `like`, or ""."""
    for version in reversed(versions(client, name)):
        if version.get("Description") == description and version["CodeSha256"] == like["CodeSha256"]:
            found = client.get_function_configuration(FunctionName=name, Qualifier=version["Version"])
            if _same(found, like):
                return str(version["Version"])
    return ""


def versions(client: Client, name: str) -> list[Configuration]:
    """Return the published versions of a function, the oldest first."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    found = [version for page in pages for version in page["Versions"] if version["Version"] != SLOT]
    return sorted(found, key=lambda version: int(version["Version"]))


def point_alias(client: Client, name: str, version: str, *, alias: str = LIVE) -> str:
    """Let the alias name this version, and make the alias where there is none.

    Returns the version that it named before: the same one when nothing was to do, "" when there was no alias.
    """
    there = _or_none(lambda: client.get_alias(FunctionName=name, Name=alias))
    if there is None:
        client.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
        return ""
    if there["FunctionVersion"] != version or there.get("RoutingConfig"):
        # No part of the requests goes elsewhere, whatever someone tried before.
        routing: dict[str, Any] = {"AdditionalVersionWeights": {}}
        client.update_alias(FunctionName=name, Name=alias, FunctionVersion=version, RoutingConfig=routing)
    return str(there["FunctionVersion"])


def ensure_url(client: Client, name: str, qualifier: str) -> str:
    """Return the host of the Function URL of the slot or an alias, which is made where there is none.

    Whoever knows the host may ask; that only our CloudFront is answered is the function's own doing.
    """
    at = {"FunctionName": name, **_at(qualifier)}
    there = _or_none(lambda: client.get_function_url_config(**at))
    if there is None:
        there = client.create_function_url_config(AuthType="NONE", **at)
    elif there["AuthType"] != "NONE":
        there = client.update_function_url_config(AuthType="NONE", **at)
    return _host(there)


def url_host(client: Client, name: str, qualifier: str = SLOT) -> str:
    """Return the host of the Function URL of the slot or an alias, or "" where there is none."""
    there = _or_none(lambda: client.get_function_url_config(FunctionName=name, **_at(qualifier)))
    return _host(there) if there else ""


def close_invoke_permission(client: Client, name: str, qualifier: str = SLOT) -> bool:
    """Let anyone invoke the function through its Function URL, and in no other way. Returns whether that was to do.

    The slot's pair of permissions is Zappa's, which lets any AWS account call Invoke with any event. With its second
    update it adds that one to the alias as well. Closed under its own name it is left alone from then on.
    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    suffix = "" if qualifier == SLOT else f"-{qualifier}"
    auth = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    there = {statement.get("Sid") for statement in _statements(client, name, qualifier)}
    opened = {_INVOKE_SID + suffix} | ({_INVOKE_SID} & there)
    return any(
        [
            _permit(client, name, qualifier, _URL_SID + suffix, "lambda:InvokeFunctionUrl", auth),
            *[_permit(client, name, qualifier, sid, "lambda:InvokeFunction", _VIA_URL) for sid in sorted(opened)],
        ]
    )


def open_permissions(client: Client, name: str, qualifiers: Sequence[str]) -> list[str]:
    """Return a sentence for each statement that lets anyone invoke the function without its Function URL.

    qualifiers: the slot, aliases and versions whose policies are read.
    """
    return [
        f"{name}:{qualifier}: statement {statement.get('Sid', 'without a name')} lets anyone invoke the function."
        for qualifier in qualifiers
        for statement in _statements(client, name, qualifier)
        if _is_open(statement)
    ]


def ensure_ops(
    client: Client,
    name: str,
    *,
    role: str,
    bucket: str,
    key: str,
    sha256: str,
    runtime: str,
    architecture: str,
    memory_mb: int,
    environment: Mapping[str, str],
    seen: Mapping[str, str],
    release: str,
) -> bool:
    """Make the function for commands, or bring its slot up to date. Returns whether it was made.

    role: its ARN. key: of the package in `bucket`. sha256: of the package, in base64.
    seen: the environment that `environment` was made from; {} where there is no function yet.
    release: what the alias names from the first; later ones are published and the alias moved by the deploy.
    A command that failed is not run again by Lambda: its schedule does that, or a person.
    Raises EdgeError when it has a Function URL, by which the world could call it.
    """
    check_size(environment)
    settings: dict[str, Any] = {
        "Role": role,
        "Handler": OPS_HANDLER,
        "Runtime": runtime,
        "MemorySize": memory_mb,
        "Timeout": OPS_SECONDS,
    }
    is_new = configuration(client, name) is None
    if is_new:
        settings |= {"Code": {"S3Bucket": bucket, "S3Key": key}, "Environment": {"Variables": dict(environment)}}
        _create(client, {"FunctionName": name, "Architectures": [architecture], **settings})
        wait_until_active(client, name)
    else:
        _refuse_url(client, name)
        set_environment(client, name, environment, seen=seen)
        set_code(client, name, bucket=bucket, key=key, sha256=sha256, architecture=architecture)
        configure(client, name, **settings)
    if _or_none(lambda: client.get_alias(FunctionName=name, Name=LIVE)) is None:
        # Schedules call the alias: while it is missing they fail.
        point_alias(client, name, publish(client, name, sha256, release))
    for qualifier in (SLOT, LIVE):
        never_retry(client, name, qualifier)
    return is_new


def never_retry(client: Client, name: str, qualifier: str) -> None:
    """Have Lambda run an event that failed not once more, at the slot or an alias."""
    at = {"FunctionName": name, **_at(qualifier)}
    there = _or_none(lambda: client.get_function_event_invoke_config(**at))
    if there is None or there["MaximumRetryAttempts"] != 0:
        client.put_function_event_invoke_config(MaximumRetryAttempts=0, **at)


def run_command(client: Client, name: str, arguments: Sequence[str], qualifier: str = SLOT) -> str:
    """Run a management command on the function for commands, and return what it said.

    For what ends within a minute: after that the client gives up, and asks again.
    Raises EdgeError with what it said when it failed.
    """
    payload = json.dumps({"manage": list(arguments)}).encode()
    answer = client.invoke(FunctionName=name, Payload=payload, **_at(qualifier))
    said = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise EdgeError(f"{arguments[0]} failed on {name}: {said.get('errorMessage', said)}")
    return str(said["output"])


def prune(client: Client, name: str, keep: int) -> list[str]:
    """Delete versions but for the newest `keep` and those that an alias names. Returns the numbers of the deleted."""
    named: set[str] = set()
    for page in client.get_paginator("list_aliases").paginate(FunctionName=name):
        for alias in page["Aliases"]:
            named |= {alias["FunctionVersion"], *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}
    numbers = [str(version["Version"]) for version in versions(client, name)]
    old = [number for number in numbers[: max(0, len(numbers) - keep)] if number not in named]
    for number in old:
        client.delete_function(FunctionName=name, Qualifier=number)
    return old


def _at(qualifier: str) -> dict[str, str]:
    """Return the argument that names a qualifier. The slot has none: policies and URLs refuse its name."""
    return {} if qualifier == SLOT else {"Qualifier": qualifier}


def _host(url: Mapping[str, Any]) -> str:
    return str(urlsplit(url["FunctionUrl"]).netloc)


def _or_none(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None


def _wait(is_ready: Callable[[], bool], what: str, seconds: float) -> None:
    """Ask until it is so, with growing pauses. Raises EdgeError after `seconds`."""
    until = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while not is_ready():
        if time.monotonic() + pause > until:
            raise EdgeError(f"{what} after {seconds:.0f} seconds. Look at it in the AWS console, and run this again.")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _create(client: Client, wanted: Mapping[str, Any], *, seconds: float = WAIT_SECONDS) -> None:
    """Make a function. A role that was made just now is refused for some seconds, which are waited for."""

    def is_made() -> bool:
        try:
            client.create_function(**wanted)
        except client.exceptions.InvalidParameterValueException as exc:
            if "role" not in exc.response["Error"]["Message"].lower():
                raise _refused(wanted["FunctionName"], exc, wanted["Environment"]["Variables"]) from None
            return False
        return True

    _wait(is_made, f"Lambda may not take on the role {wanted['Role']}", seconds)


def _refused(name: str, exc: ClientError, values: Mapping[str, str]) -> EdgeError:
    """Return what Lambda says of an environment that it does not take. Of one that is too long it repeats the whole."""
    return EdgeError(f"Lambda does not take {name}: {without_values(exc.response['Error']['Message'], values)}")


def _publish(client: Client, name: str, slot: Mapping[str, Any], description: str) -> Configuration:
    made: Configuration = client.publish_version(
        FunctionName=name, CodeSha256=slot["CodeSha256"], Description=description, RevisionId=slot["RevisionId"]
    )
    return made


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    settings = all(one.get(setting) == other.get(setting) for setting in _CONFIGURED)
    return settings and variables(one) == variables(other)


def _refuse_url(client: Client, name: str) -> None:
    urls = client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    if urls:
        raise EdgeError(
            f"{name} runs commands and must have no address. Delete its Function URL {urls[0]['FunctionUrl']}"
        )


def _permit(client: Client, name: str, qualifier: str, sid: str, action: str, condition: Mapping[str, Any]) -> bool:
    """Have the statement of that name say just this. Returns whether it was to be written."""
    at = {"FunctionName": name, "StatementId": sid, **_at(qualifier)}
    for statement in _statements(client, name, qualifier):
        if statement.get("Sid") != sid:
            continue
        if statement["Action"] == action and statement.get("Condition") == condition:
            return False
        # Two of one name cannot be. For this moment the address answers 403, and Zappa, which may come next, opens it.
        client.remove_permission(**at)
    how = {"InvokedViaFunctionUrl": True} if condition == _VIA_URL else {"FunctionUrlAuthType": "NONE"}
    client.add_permission(Action=action, Principal="*", **how, **at)
    return True


def _statements(client: Client, name: str, qualifier: str) -> Iterator[dict[str, Any]]:
    found = _or_none(lambda: client.get_policy(FunctionName=name, **_at(qualifier)))
    ends = f":{name}" if qualifier == SLOT else f":{name}:{qualifier}"
    for statement in json.loads(found["Policy"])["Statement"] if found else []:
        # An emulator answers for the slot with everyone's.
        if statement["Resource"].endswith(ends):
            yield statement


def _is_open(statement: Mapping[str, Any]) -> bool:
    """Return whether a statement lets anyone invoke the function with an event of their own.

    A service without the account or thing that it acts for stands for anyone: each may have the service call.
    """
    if statement["Effect"] != "Allow" or not _may_invoke(statement.get("Action")):
        return False
    condition: Mapping[str, Any] = statement.get("Condition") or {}
    if condition.get("Bool") == _VIA_URL["Bool"]:
        return False
    narrowed = {key.lower() for operator in condition.values() for key in operator}
    if narrowed & {"aws:sourcearn", "aws:sourceaccount", "aws:principalorgid"}:
        return False
    principal = statement["Principal"]
    return principal == "*" or "Service" in principal or "*" in _flat(principal.values())


def _may_invoke(action: Any) -> bool:
    return any(each in {"*", "lambda:*", "lambda:Invoke*", "lambda:InvokeFunction"} for each in _flat([action]))


def _flat(values: Any) -> set[str]:
    """Return the texts of values that are each one text or a list of them."""
    return {each for value in values for each in (value if isinstance(value, list) else [value])}
