"""The CloudFormation template of a stage: what stands in `infra/`, what is sent, and what a distribution makes of it.

The template's behaviours are those of `scc.edge.routes`, written between two lines of it. Read back, from a template or
from CloudFront's own answer, they are the same objects again, so that what is deployed can be held against the URLconf.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from scc.edge.errors import EdgeError
from scc.edge.routes import DEFAULT, Behaviour, Cache, Origin

# Bytes of a template that is sent along with a request.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LARGEST_BODY = 51_200
# Bytes of a CloudFront function.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
LARGEST_FUNCTION = 10_240

BEGIN = "# behaviours: from the URLconf, by `manage.py routes --write`"
END = "# behaviours: end"

# Policies that AWS manages, the same in every account.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
MANAGED = {
    "CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
}
SHARED_SECONDS = 60

# Answers that CloudFront keeps by itself, unless it is told for how long.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
KEPT_ERRORS = frozenset({404, 405, 414, 500, 501, 502, 503, 504})

READING = ("GET", "HEAD")
EVERY_METHOD = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")

_CACHES = {MANAGED["CachingDisabled"]: Cache.NONE, MANAGED["CachingOptimized"]: Cache.IMMUTABLE}
_SHARED_POLICY = {"Ref": "SharedCachePolicy"}
_SECRET_HEADER = "X-Origin-Verify"  # noqa: S105  # the name of one


def path() -> Path:
    """Return where the template is. It is not in a deployed package."""
    return settings.BASE_DIR / "infra" / "template.yaml"


def load(text: str) -> dict[str, Any]:
    """Return a template, in YAML or JSON, with its short tags written out: `!Ref Table` as {"Ref": "Table"}.

    Raises EdgeError when it cannot be read.
    """
    try:
        template = yaml.load(text, Loader=_Loader)  # noqa: S506  # makes no objects: a SafeLoader
    except yaml.YAMLError as exc:
        raise EdgeError(f"The template cannot be read: {exc}") from exc
    if not isinstance(template, dict):
        raise EdgeError("The template cannot be read: it is no mapping.")
    return template


def render(text: str, behaviours: Sequence[Behaviour]) -> str:
    """Return the template's text with these behaviours, the default last, between its two lines.

    Raises EdgeError when it has not both lines.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise EdgeError(f"The template has no lines {BEGIN!r} and {END!r}.")
    indent = " " * (len(before) - len(before.rstrip(" ")))
    lines = "".join(f"{indent}{line}\n" for line in _block(behaviours))
    return f"{before}{begin}\n{lines}{indent}{end}{after}"


def body() -> str:
    """Return what is sent to CloudFormation: the template as JSON, with the functions' code in the place of names.

    Raises EdgeError when it cannot be read, or is larger than CloudFormation takes.
    """
    template = load(path().read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::CloudFront::Function":
            properties = resource["Properties"]
            properties["FunctionCode"] = _function(properties["FunctionCode"], csp=content_security_policy(template))
    text = json.dumps(template, separators=(",", ":"))
    if len(text.encode()) > LARGEST_BODY:
        raise EdgeError(f"The template has {len(text.encode())} bytes, and CloudFormation takes {LARGEST_BODY}.")
    return text


def content_security_policy(template: Mapping[str, Any]) -> str:
    """Return the policy that answers of S3 have, and with them the landing."""
    policy = template["Resources"]["SiteHeadersPolicy"]["Properties"]["ResponseHeadersPolicyConfig"]
    return str(policy["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"])


def behaviours_of(template: Mapping[str, Any]) -> list[Behaviour]:
    """Return the behaviours of any template that has our distribution, the default last.

    Raises EdgeError when it has none, or one whose origin or cache is none of ours.
    """
    try:
        config = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
        items = [*config.get("CacheBehaviors", []), {**config["DefaultCacheBehavior"], "PathPattern": DEFAULT}]
    except (KeyError, TypeError) as exc:
        raise EdgeError("The template has no distribution with behaviours.") from exc
    return [_behaviour(item, shared=item.get("CachePolicyId") == _SHARED_POLICY) for item in items]


def deployed(config: Mapping[str, Any]) -> list[Behaviour]:
    """Return the behaviours of a distribution as GetDistributionConfig gives it, the default last.

    A cache policy that AWS does not manage is taken for the shared pages' own; `policy_faults` says whether it is.
    Raises EdgeError when an origin is none of ours.
    """
    return [_behaviour(item, shared=item.get("CachePolicyId") not in _CACHES) for item in _items(config)]


def faults(config: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each thing that is not as our template has it, in a GetDistributionConfig's answer."""
    said = [*_faults_of_origins(config)]
    if not config.get("Enabled"):
        said.append("The distribution is not enabled.")
    if config.get("DefaultRootObject"):
        said.append("The distribution has a default root object, which takes / from Django.")
    said += _faults_of_errors(config.get("CustomErrorResponses", {}).get("Items", []))
    for item in _items(config):
        said += [f"{item['PathPattern']} {fault}" for fault in _faults_of_behaviour(item)]
    return said


def shared_policies(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the ids of the cache policy and the origin request policy of each behaviour that shares its pages."""
    return [
        (item["CachePolicyId"], item.get("OriginRequestPolicyId", ""))
        for item in _items(config)
        if item.get("CachePolicyId") and item["CachePolicyId"] not in _CACHES
    ]


def policy_faults(cache: Mapping[str, Any], request: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each way in which the shared pages' policies would mix visitors or keep a page too long.

    cache, request: the configurations that GetCachePolicyConfig and GetOriginRequestPolicyConfig give.
    """
    said = []
    seconds = tuple(cache.get(name) for name in ("MinTTL", "DefaultTTL", "MaxTTL"))
    if seconds != (0, SHARED_SECONDS, SHARED_SECONDS):
        said.append(f"The shared pages are kept for {seconds} seconds (least, default, most).")
    key = cache.get("ParametersInCacheKeyAndForwardedToOrigin", {})
    said += [
        f"The shared pages' cache has {part}s in its key."
        for part in ("Cookie", "Header", "QueryString")
        if key.get(f"{part}sConfig", {}).get(f"{part}Behavior") != "none"
    ]
    said += [
        f"The shared pages' view gets more {part}s of a visitor than it reads."
        for part, allowed in (("Cookie", "none"), ("Header", "whitelist"), ("QueryString", "none"))
        if request.get(f"{part}sConfig", {}).get(f"{part}Behavior") != allowed
    ]
    return said


class _Loader(yaml.CSafeLoader):
    """A SafeLoader that knows CloudFormation's short tags."""


def _short(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101  # there is no fourth
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short)


def _block(behaviours: Sequence[Behaviour]) -> Iterator[str]:
    *ordered, default = behaviours
    yield "CacheBehaviors:"
    for behaviour in ordered:
        yield f"  - PathPattern: {json.dumps(behaviour.pattern)}"
        yield from (f"    {line}" for line in _lines(behaviour))
    yield "DefaultCacheBehavior:"
    yield from (f"  {line}" for line in _lines(default))


def _lines(behaviour: Behaviour) -> Iterator[str]:
    """Yield what a behaviour is, but for its pattern."""
    is_django = behaviour.origin is Origin.LAMBDA
    yield f"TargetOriginId: {behaviour.origin}"
    yield f"CachePolicyId: {_policy(behaviour)}"
    if is_django and behaviour.cache is Cache.SHARED:
        yield "OriginRequestPolicyId: !Ref SharedOriginRequestPolicy"
    elif is_django:
        yield f"OriginRequestPolicyId: {_managed('AllViewerExceptHostHeader')}"
    else:
        yield "ResponseHeadersPolicyId: !Ref SiteHeadersPolicy"
    yield f"AllowedMethods: [{', '.join(EVERY_METHOD if is_django else READING)}]"
    yield "ViewerProtocolPolicy: redirect-to-https"
    yield "Compress: true"
    function = _function_of(behaviour)
    if function:
        resource = f"{function.capitalize()}Function.FunctionARN"
        yield f"FunctionAssociations: [{{EventType: viewer-request, FunctionARN: !GetAtt {resource}}}]"


def _policy(behaviour: Behaviour) -> str:
    if behaviour.cache is Cache.SHARED:
        return f"!Ref {_SHARED_POLICY['Ref']}"
    return _managed("CachingDisabled" if behaviour.cache is Cache.NONE else "CachingOptimized")


def _managed(name: str) -> str:
    return f"{MANAGED[name]}  # {name}"


def _function_of(behaviour: Behaviour) -> str:
    """Return which of our functions sees the behaviour's requests first: "viewer", "landing" or ""."""
    if behaviour.origin is Origin.LAMBDA:
        return "viewer"
    return "landing" if behaviour.pattern == DEFAULT else ""


def _function(name: str, *, csp: str) -> str:
    """Return the code of a function of `infra/functions`, with the landing's page and names written in."""
    landing = path().parent / "landing"
    page = landing / "404.html"
    code = (path().parent / name).read_text()
    for mark, value in (
        ("__FILES__", sorted(f"/{file.name}" for file in landing.iterdir() if file != page)),
        ("__PAGE__", page.read_text()),
        ("__CSP__", csp),
    ):
        code = code.replace(mark, json.dumps(value))
    if len(code.encode()) > LARGEST_FUNCTION:
        raise EdgeError(f"infra/{name} has {len(code.encode())} bytes, and CloudFront takes {LARGEST_FUNCTION}.")
    return code


def _items(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    ordered = config.get("CacheBehaviors", {}).get("Items", [])
    return [*ordered, {**config["DefaultCacheBehavior"], "PathPattern": DEFAULT}]


def _behaviour(item: Mapping[str, Any], *, shared: bool) -> Behaviour:
    # CloudFront takes a pattern without its slash as one with it.
    pattern = item["PathPattern"] if item["PathPattern"].startswith(("/", "*")) else f"/{item['PathPattern']}"
    origin, policy = str(item.get("TargetOriginId")), str(item.get("CachePolicyId"))
    if origin not in set(Origin):
        raise EdgeError(f"The behaviour {pattern} has the origin {origin!r}, which is none of ours.")
    if not shared and policy not in _CACHES:
        raise EdgeError(f"The behaviour {pattern} has the cache policy {policy!r}, which is none of ours.")
    return Behaviour(pattern, Origin(origin), Cache.SHARED if shared else _CACHES[policy])


def _faults_of_origins(config: Mapping[str, Any]) -> Iterator[str]:
    origins = {origin["Id"]: origin for origin in config.get("Origins", {}).get("Items", [])}
    yield from (f"There is no origin {name.value!r}." for name in Origin if name not in origins)
    django = origins.get(Origin.LAMBDA, {})
    headers = {header["HeaderName"].lower() for header in django.get("CustomHeaders", {}).get("Items", [])}
    if django and _SECRET_HEADER.lower() not in headers:
        yield f"The origin 'lambda' is not sent {_SECRET_HEADER}."
    if django and django.get("CustomOriginConfig", {}).get("OriginProtocolPolicy") != "https-only":
        yield "The origin 'lambda' is not asked by https alone."
    if Origin.SITE in origins and not origins[Origin.SITE].get("OriginAccessControlId"):
        yield "The origin 'site' has no origin access control."


def _faults_of_errors(responses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    replaced = [str(each["ErrorCode"]) for each in responses if each.get("ResponsePagePath")]
    if replaced:
        yield f"A page of the distribution replaces what Lambda answers with {', '.join(replaced)}."
    not_kept = {each["ErrorCode"] for each in responses if each.get("ErrorCachingMinTTL") == 0}
    if missing := sorted(KEPT_ERRORS - not_kept):
        yield f"CloudFront keeps answers with {', '.join(map(str, missing))} for everyone, whatever they say."


def _faults_of_behaviour(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ends of sentences that begin with the behaviour's pattern."""
    try:
        behaviour = _behaviour(item, shared=item.get("CachePolicyId") not in _CACHES)
    except EdgeError as exc:
        yield f"is not ours. {exc}"
        return
    if item.get("ViewerProtocolPolicy") != "redirect-to-https":
        yield "does not redirect to https."
    methods = set(item.get("AllowedMethods", {}).get("Items", []))
    if methods != set(EVERY_METHOD if behaviour.origin is Origin.LAMBDA else READING):
        yield f"allows {', '.join(sorted(methods)) or 'no method'}."
    function = _function_of(behaviour)
    attached = item.get("FunctionAssociations", {}).get("Items", [])
    found = [(each["EventType"], each["FunctionARN"].rpartition("-")[2]) for each in attached]
    if found != ([("viewer-request", function)] if function else []):
        yield f"must have {function or 'nothing'} before it, and has {', '.join(map('/'.join, found)) or 'nothing'}."
    if behaviour.origin is Origin.LAMBDA:
        every = item.get("OriginRequestPolicyId") == MANAGED["AllViewerExceptHostHeader"]
        if every is (behaviour.cache is Cache.SHARED):
            yield "sends Django not what it must of what a visitor sent."
