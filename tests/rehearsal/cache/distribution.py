"""What of a CloudFront distribution decides about its cache: read from the API, as it was deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The minimum in seconds that an error is kept for, where the distribution says nothing of its code.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
ERROR_SECONDS = 10

DEFAULT = "*"


class NotModelled(Exception):
    """The distribution asks for something that the stand-in does not do as CloudFront does."""


@dataclass(frozen=True)
class Named:
    """Which headers, cookies or parameters of a query are meant: "none", "all", or those of "whitelist"."""

    kind: str = "none"
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class CachePolicy:
    """How long answers are kept, in seconds, and what tells one from another beside the path."""

    minimum: int = 0
    default: int = 0
    maximum: int = 0
    headers: Named = Named()
    cookies: Named = Named()
    queries: Named = Named()
    # Those of "gzip" and "br" that make a copy of their own.
    codings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Behaviour:
    """A path pattern and its cache. collapses: whether one request at a time asks the origin for the same thing."""

    pattern: str
    policy: CachePolicy
    collapses: bool = True


@dataclass(frozen=True)
class Distribution:
    """The behaviours in their order, the default last. errors: by status, the seconds that it is kept at least."""

    domain: str
    behaviours: tuple[Behaviour, ...]
    errors: Mapping[int, int] = field(default_factory=dict)


def read(client: Any, distribution: str) -> Distribution:
    """Return the distribution with that id and the policies it names.

    Raises NotModelled where it cannot be stood in for.
    """
    found = client.get_distribution(Id=distribution)["Distribution"]
    config = found["DistributionConfig"]
    behaviours = [*_items(config.get("CacheBehaviors")), {"PathPattern": DEFAULT, **config["DefaultCacheBehavior"]}]
    return Distribution(
        domain=found["DomainName"],
        behaviours=tuple(_behaviour(client, each) for each in behaviours),
        errors={
            error["ErrorCode"]: error.get("ErrorCachingMinTTL", ERROR_SECONDS)
            for error in _items(config.get("CustomErrorResponses"))
        },
    )


def _behaviour(client: Any, config: Mapping[str, Any]) -> Behaviour:
    pattern = config["PathPattern"]
    if "CachePolicyId" not in config:
        raise NotModelled(f"{pattern} has no cache policy.")
    if "OPTIONS" in _items(config.get("AllowedMethods", {}).get("CachedMethods")):
        raise NotModelled(f"{pattern} keeps answers to OPTIONS.")
    policy = client.get_cache_policy(Id=config["CachePolicyId"])["CachePolicy"]["CachePolicyConfig"]
    keyed = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    # CloudFront collapses no requests where cookies are forwarded, by whichever policy.
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
    cookies = {keyed["CookiesConfig"]["CookieBehavior"], _forwarded_cookies(client, config)}
    return Behaviour(pattern=pattern, policy=_policy(policy, keyed), collapses=cookies == {"none"})


def _forwarded_cookies(client: Any, config: Mapping[str, Any]) -> str:
    if not config.get("OriginRequestPolicyId"):
        return "none"
    policy = client.get_origin_request_policy(Id=config["OriginRequestPolicyId"])["OriginRequestPolicy"]
    return str(policy["OriginRequestPolicyConfig"]["CookiesConfig"]["CookieBehavior"])


def _policy(config: Mapping[str, Any], keyed: Mapping[str, Any]) -> CachePolicy:
    headers, cookies, queries = keyed["HeadersConfig"], keyed["CookiesConfig"], keyed["QueryStringsConfig"]
    codings = {"gzip": keyed["EnableAcceptEncodingGzip"], "br": keyed.get("EnableAcceptEncodingBrotli", False)}
    return CachePolicy(
        minimum=config["MinTTL"],
        default=config["DefaultTTL"],
        maximum=config["MaxTTL"],
        headers=_named(headers["HeaderBehavior"], headers.get("Headers")),
        cookies=_named(cookies["CookieBehavior"], cookies.get("Cookies")),
        queries=_named(queries["QueryStringBehavior"], queries.get("QueryStrings")),
        codings=tuple(coding for coding, is_kept in codings.items() if is_kept),
    )


def _named(kind: str, names: Mapping[str, Any] | None) -> Named:
    if kind not in {"none", "all", "whitelist"}:
        raise NotModelled(f"A cache policy keys {kind}.")
    return Named(kind, tuple(_items(names)))


def _items(block: Mapping[str, Any] | None) -> list[Any]:
    return list((block or {}).get("Items", []))
