"""What a smoke test asks of a stage: its address, its slot, its back doors, and what AWS says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from django.utils import timezone

from events.rows import Event, Status
from scc.dynamo.attributes import instant_text
from scc.edge import functions, routes, stack, stages, template
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, SLOT, Stage
from scc.edge.visiting import Check, Slot, Target
from scc.edge.web import LOOPBACK

# What is in each bucket, as far as a stranger could guess it: the landing, and the list of all there is.
BUCKETS = {"SiteBucket": "index.html", "DocumentsBucket": "", "DeployBucket": ""}
# A departure that has begun takes signatures until somebody closes it.
BEGAN = timedelta(hours=12)


def public(url: str, *, release: str = "", event: str = "") -> Target:
    """Return what anyone can ask at an address. Raises EdgeError when it is none of a site."""
    return Target(site=_site(url), release=release, event=event)


def live(stage: Stage, *, release: str, event: str = "", static: Path | None = None) -> Target:
    """Return what visitors of a stage get, at CloudFront's own address: the operator's may not lead there yet.

    event: the next open departure where none is given. Raises EdgeError when the stage was never deployed.
    """
    outputs = stack.outputs(stage)
    if "DistributionDomain" not in outputs:
        raise EdgeError(f"{stage.name} has no address yet. Deploy it: manage.py deploy {stage.name}")
    own = _own_host(stage)
    # boto3's types know each service by name; the stubs of this one are not installed.
    client: Any = boto3.client("lambda", region_name=stage.region)
    hosts = [functions.url_host(client, stage.web, qualifier) for qualifier in (LIVE, SLOT)]
    return Target(
        site=f"https://{outputs['DistributionDomain']}",
        canonical=f"https://{own}" if own else "",
        release=release,
        event=event or next_departure(stage),
        static=static,
        hosts=tuple(host for host in hosts if host),
        buckets=tuple(_addresses(stage, outputs)),
        more=(_permissions(stage), _no_address(stage), _distribution(outputs["DistributionId"])),
    )


def slot(stage: Stage, *, secret: str, release: str, event: str = "", static: Path | None = None) -> Target:
    """Return the release that waits in the slot. secret: what CloudFront shows. Raises EdgeError as `live` does."""
    client: Any = boto3.client("lambda", region_name=stage.region)
    host = functions.url_host(client, stage.web, SLOT)
    if not host:
        raise EdgeError(f"{stage.web} has no Function URL. Deploy it: manage.py deploy {stage.name}")
    return replace(live(stage, release=release, event=event, static=static), slot=Slot(host, secret))


def find(url: str, *, stage: str = "", release: str = "", event: str = "") -> Target:
    """Return what visitors of the stage get that has this address.

    stage: its name, where only that one shall be looked at. release: the one that is live where none is given.
    Raises EdgeError when no stage has the address.
    """
    site = _site(url)
    looked = [stages.read(name) for name in ([stage] if stage else _stage_names())]
    for each in looked:
        if urlsplit(site).netloc in {stack.outputs(each).get("DistributionDomain"), _own_host(each)}:
            found = live(each, release=release or live_release(each), event=event)
            return replace(found, site=site, canonical=found.home)
    raise EdgeError(
        f"{site} is the address of no stage; looked at {', '.join(each.name for each in looked)}. Give the site's own "
        "address, or the stack's output DistributionDomain. What anyone can see is asked with --public."
    )


def live_release(stage: Stage) -> str:
    """Return the id of the release that visitors get. Raises EdgeError when there is none."""
    client: Any = boto3.client("lambda", region_name=stage.region)
    found = functions.configuration(client, stage.web, LIVE)
    if found is None:
        raise EdgeError(f"{stage.web} has no release yet. Deploy it: manage.py deploy {stage.name}")
    return str(found["Description"])


def next_departure(stage: Stage) -> str:
    """Return the slug of the next departure that takes signatures, this year or next, or "".

    Asks the table that the function writes to, which is another one than the stack's after a restore.
    """
    client = boto3.client("dynamodb", region_name=stage.region)
    any_client: Any = boto3
    table = functions.environment_of(any_client.client("lambda", region_name=stage.region), stage.web).get("SCC_TABLE")
    since = timezone.now() - BEGAN
    for year in (since.year, since.year + 1):
        pages = client.get_paginator("query").paginate(
            TableName=table or stage.table,
            IndexName="gsi1",
            KeyConditionExpression="gsi1pk = :year AND gsi1sk >= :since",
            ExpressionAttributeValues={
                ":year": {"S": Event.KEYS["gsi1pk"].format(year=year)},
                ":since": {"S": instant_text(since)},
            },
        )
        for item in (item for page in pages for item in page["Items"]):
            if item["status"]["S"] == Status.SCHEDULED.value:
                return item["slug"]["S"]
    return ""


def _site(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
        raise EdgeError(f"{url!r} is no address of a site. Give one such as https://crew.example.com")
    if parts.path not in {"", "/"} or parts.query:
        raise EdgeError(f"{url!r} has more than a host. Give {parts.scheme}://{parts.netloc}")
    return f"{parts.scheme}://{parts.netloc}"


def _stage_names() -> list[str]:
    return list(json.loads(stages.settings_file().read_text()))


def _own_host(stage: Stage) -> str:
    """Return the host name that the operator gave the stage, or ""."""
    found = stack.current(stage)
    return found[1].get("SiteHost", "") if found else ""


def _addresses(stage: Stage, outputs: Mapping[str, str]) -> Iterator[str]:
    """Yield addresses in each bucket, in both styles.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    for output, key in BUCKETS.items():
        yield f"https://{outputs[output]}.s3.{stage.region}.amazonaws.com/{key}"
        yield f"https://s3.{stage.region}.amazonaws.com/{outputs[output]}/{key}"


def _permissions(stage: Stage) -> Check:
    client: Any = boto3.client("lambda", region_name=stage.region)

    def look() -> Iterator[str]:
        yield from functions.open_permissions(client, stage.web, [SLOT, LIVE])
        yield from functions.open_permissions(client, stage.ops, [SLOT, LIVE])

    return Check(f"who may invoke {stage.web}", "nobody but through its Function URL", look)


def _no_address(stage: Stage) -> Check:
    client: Any = boto3.client("lambda", region_name=stage.region)

    def look() -> Iterator[str]:
        for qualifier in (SLOT, LIVE):
            host = functions.url_host(client, stage.ops, qualifier)
            if host:
                yield f"expected no Function URL, got {host}"

    return Check(stage.ops, "has no address", look)


def _distribution(identifier: str) -> Check:
    client: Any = boto3.client("cloudfront")

    def look() -> Iterator[str]:
        yield from stack.distribution_faults(identifier)
        config = client.get_distribution_config(Id=identifier)["DistributionConfig"]
        yield from behaviour_faults(template.deployed(config))

    return Check(f"the distribution {identifier}", "leads where the URLconf says", look)


def behaviour_faults(deployed: list[routes.Behaviour]) -> list[str]:
    """Return a sentence for each way in which these behaviours are not those of the URLconf."""
    said = routes.unserved(deployed) + routes.shadowed(deployed)
    wanted = routes.behaviours()
    if not said and deployed != wanted:
        odd = ", ".join(each.pattern for each in deployed if each not in wanted) or "none"
        missing = ", ".join(each.pattern for each in wanted if each not in deployed) or "none"
        said.append(f"The behaviours are not the URLconf's, in its order. Missing: {missing}. Not ours: {odd}.")
    return said
