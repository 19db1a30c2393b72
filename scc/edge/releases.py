"""What went live, kept in the deploy bucket so that it can be gone back to.

    releases/<id>/      the release, as it went live
    snapshots/<id>/     what was live before the deploy of that id

Each holds the packages and the whole state that was live with them: package.zip, ops.zip, configuration.json and
env.json of both functions, distribution.json, template.yaml, parameters.json, static.json (of each key its version in
the site's bucket), and, written last, release.json: without it a record is none.

A release is live when the version that the alias names has its id for a description. By the time that it is wanted
back, that version may be gone, pruned, or know only the origin's secret of its time: then package and environment of
the record are published again, with the secret that CloudFront sends today.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from scc.edge import environment, functions, site, stack, web
from scc.edge.contents import FILES, OPS, WEB
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, Stage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Say = Callable[[str], None]

RELEASES = "releases/"
# In records of when both functions had the same package.
_ONE_FOR_BOTH = FILES[WEB]
_LAST = "release.json"
_RESTORING = "restoring/"
_GOAL = "goal.json"
_DISTRIBUTION = "DistributionId"
_SHORT_COMMIT = 7
_OK = 200

# What of a function's configuration is put back on its slot, beside code and environment.
_SETTINGS = ("Role", "Handler", "Runtime", "MemorySize", "Timeout")


@dataclass(frozen=True)
class Release:
    """A release that was recorded. `ops_version` may be "".

    package_sha256: of what answers visitors, in base64, as Lambda says it.
    """

    id: str
    made_at: datetime
    by: str
    commit: str
    web_version: str
    ops_version: str
    package_sha256: str
    static_files: int


def new_id(commit: str, now: datetime) -> str:
    """Return the id of a release that is made now: "20261123T011530Z-a5d93a5". Ids sort by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{commit[:_SHORT_COMMIT]}"


def live(stage: Stage) -> str | None:
    """Return the id of the release that visitors get, None before the first: no distribution, alias or environment.

    A version that no deploy of ours published is named by its description, or its number.
    """
    found = _Place(stage).live()
    return _release_of(found) if found else None


def releases(stage: Stage) -> list[Release]:
    """Return the releases of a stage that were recorded, the newest first."""
    place = _Place(stage)
    if not place.outputs:
        return []
    folder = place.folder(RELEASES)
    pages = folder.client.get_paginator("list_objects_v2").paginate(
        Bucket=folder.bucket, Prefix=RELEASES, Delimiter="/"
    )
    prefixes = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
    found = [folder.at(prefix).read_json(_LAST) for prefix in sorted(prefixes, reverse=True)]
    return [_release(each) for each in found if each is not None]


def before_live(stage: Stage) -> str:
    """Return the id of the newest release that is older than the live one. Raises EdgeError when there is none."""
    now = live(stage)
    for release in releases(stage):
        if now and release.id < now:
            return release.id
    raise EdgeError(f"{stage.name} has no release before {now or 'the first'}. See: manage.py releases {stage.name}")


def exists(stage: Stage, prefix: str) -> bool:
    """Return whether there is a whole record at a prefix of the deploy bucket."""
    return _Place(stage).folder(prefix).read(_LAST) is not None


def load(stage: Stage, prefix: str) -> Release:
    """Return the release that is recorded at a prefix. Raises EdgeError when there is none, or only a part of one."""
    return _release(_Place(stage).folder(prefix).need_json(_LAST))


def stack_of(stage: Stage, prefix: str) -> tuple[str, dict[str, str]]:
    """Return the template and the parameters of a record, as `stack.apply` takes them. Raises EdgeError as `load`."""
    folder = _Place(stage).folder(prefix)
    parameters: dict[str, str] = folder.need_json("parameters.json")
    return folder.need("template.yaml").decode(), parameters


def capture(stage: Stage, *, prefix: str, by: str = "", commit: str = "") -> Release:
    """Record at `prefix` what is live now, and return it.

    by: who deployed it, commit: all of its hash; what was said before of the same release where they are not given.
    Raises EdgeError when nothing is live, or its package is to be had nowhere.
    """
    place = _Place(stage)
    folder, found = place.folder(prefix), place.live_members()
    release = _release_of(found[WEB])
    earlier = folder.at(RELEASES + release).read_json(_LAST) or {}
    for member, each in found.items():
        _store_package(place, folder, member, each)
    folder.write_json("env.json", {member: functions.variables(each) for member, each in found.items()})
    folder.write_json("configuration.json", {member: _described(each) for member, each in found.items()})
    _store_edge(place, folder)
    static = site.capture(place.output("SiteBucket"))
    folder.write_json("static.json", site.as_json(static))
    made = Release(
        id=release,
        made_at=_moment(earlier["made_at"]) if earlier else datetime.now(UTC),
        by=by or earlier.get("by", "unknown"),
        commit=commit or earlier.get("commit") or release.rpartition("-")[2],
        web_version=found[WEB]["Version"],
        ops_version=found[OPS]["Version"] if OPS in found else "",
        package_sha256=found[WEB]["CodeSha256"],
        static_files=len(static),
    )
    folder.write_json(_LAST, asdict(made) | {"made_at": made.made_at.isoformat()})
    return made


def restore(stage: Stage, prefix: str, *, say: Say) -> None:
    """Put functions and static files back as the record at `prefix` has them. May be run again after an interruption.

    Visitors get the release as it was, with the origin's secrets of today. The slots get it too, but keep what a person
    has set in their environments since. The stack is put back before, by `stack.apply` with `stack_of`.
    Raises EdgeError when the record is not whole, or something of it is gone.
    """
    place = _Place(stage)
    folder = place.folder(prefix)
    release = _release(folder.need_json(_LAST))
    configurations, environments = folder.need_json("configuration.json"), folder.need_json("env.json")
    static = site.from_json(folder.need_json("static.json"))
    _settle(place)
    for member, name in place.names.items():
        if member in configurations:
            then = configurations[member] | {"Environment": {"Variables": environments[member]}}
            version = _restore_function(place, folder, member, release.id, then)
            say(f"{name}: version {version}")
    site.restore(place.output("SiteBucket"), static, say)


def settle(stage: Stage) -> None:
    """Finish what an interrupted `restore` left in the slots' environments. Run it before one is merged.

    To publish an old environment again the slot must have it for a moment, without what a person set since. That is
    kept here meanwhile, and goes back with what they set in that very moment. Where it went back to is forgotten.
    """
    place = _Place(stage)
    _settle(place)
    place.folder(_RESTORING).delete(_GOAL)


def going_back(stage: Stage) -> str:
    """Return the prefix of the record that going back to was begun and did not end, or ""."""
    found = _Place(stage).folder(_RESTORING).read_json(_GOAL)
    return str(found["prefix"]) if found else ""


def begin_going_back(stage: Stage, prefix: str) -> None:
    """Write down where it goes back to: half way there the release before the live one may be another already."""
    _Place(stage).folder(_RESTORING).write_json(_GOAL, {"prefix": prefix})


def end_going_back(stage: Stage) -> None:
    _Place(stage).folder(_RESTORING).delete(_GOAL)


def _settle(place: _Place) -> None:
    folder = place.folder(_RESTORING)
    for name in place.names.values():
        kept = folder.read_json(f"{name}.json")
        if kept is None:
            continue
        there = functions.environment_of(place.client, name)
        # Where the slot was not written yet this is all of it, and nothing changes.
        by_hand = {each for each in there.keys() | kept["during"] if there.get(each) != kept["during"].get(each)}
        values = {each: value for each, value in kept["after"].items() if each not in by_hand}
        values |= {each: there[each] for each in by_hand if each in there}
        functions.set_environment(place.client, name, values, seen=there)
        folder.delete(f"{name}.json")


@dataclass(frozen=True)
class _Folder:
    """A prefix of the deploy bucket."""

    client: S3Client
    bucket: str
    prefix: str

    def at(self, prefix: str) -> _Folder:
        return _Folder(self.client, self.bucket, prefix.rstrip("/") + "/")

    def key(self, name: str) -> str:
        return self.prefix + name

    def read(self, name: str) -> bytes | None:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.key(name))["Body"].read()
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None

    def has(self, name: str) -> bool:
        try:
            self.client.head_object(Bucket=self.bucket, Key=self.key(name))
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "404":
                raise
            return False
        return True

    def read_json(self, name: str) -> Any:
        content = self.read(name)
        return None if content is None else json.loads(content)

    def need(self, name: str) -> bytes:
        content = self.read(name)
        if content is None:
            raise EdgeError(f"s3://{self.bucket}/{self.key(name)} is not there: this is no whole record of a release.")
        return content

    def need_json(self, name: str) -> Any:
        return json.loads(self.need(name))

    def copy(self, key: str, name: str) -> None:
        """Copy what is at a key of the bucket."""
        source = {"Bucket": self.bucket, "Key": key}
        self.client.copy_object(Bucket=self.bucket, Key=self.key(name), CopySource=source)  # type: ignore[arg-type]

    def write(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=self.key(name), Body=content)

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        self.write(name, json.dumps(content, indent=1, sort_keys=True, default=str).encode())

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.key(name))


@dataclass(frozen=True)
class _Place:
    """A stage, and what it is asked by and for more than once."""

    stage: Stage

    @cached_property
    def outputs(self) -> dict[str, str]:
        return stack.outputs(self.stage)

    @cached_property
    def client(self) -> Any:
        any_client: Any = boto3
        return any_client.client("lambda", region_name=self.stage.region)

    @property
    def names(self) -> dict[str, str]:
        """The functions by what they are called in a record, that of the visitors first."""
        return {WEB: self.stage.web, OPS: self.stage.ops}

    def output(self, name: str) -> str:
        if name not in self.outputs:
            stage = self.stage
            raise EdgeError(f"The stack {stage.stack} has no {name}. Deploy first: manage.py deploy {stage.name}")
        return self.outputs[name]

    def folder(self, prefix: str) -> _Folder:
        s3 = boto3.client("s3", region_name=self.stage.region)
        return _Folder(s3, self.output("DeployBucket"), "").at(prefix)

    def live(self) -> functions.Configuration | None:
        if _DISTRIBUTION not in self.outputs:
            return None
        found = functions.configuration(self.client, self.stage.web, LIVE)
        # A first deploy's alias names a version before there is an environment, which answers nobody.
        return found if environment.SECRETS in functions.variables(found) else None

    def live_members(self) -> dict[str, functions.Configuration]:
        """Return the functions of the live release. Raises EdgeError when there is none."""
        found = self.live()
        if found is None:
            raise EdgeError(f"{self.stage.name} has no release yet. Deploy it: manage.py deploy {self.stage.name}")
        members = {WEB: found}
        ops = functions.configuration(self.client, self.stage.ops, LIVE)
        if ops is not None:
            members[OPS] = _version_of_release(self.client, self.stage.ops, _release_of(found)) or ops
        return members


def _version_of_release(client: Any, name: str, release: str) -> functions.Configuration | None:
    """Return the newest version of a release. The alias may be ahead, of a deploy that ended between the functions."""
    numbers = [each["Version"] for each in functions.versions(client, name) if _release_of(each) == release]
    return functions.configuration(client, name, numbers[-1]) if numbers else None


def _release_of(configuration: Mapping[str, Any]) -> str:
    return str(configuration.get("Description") or f"version {configuration['Version']}")


def _release(record: Mapping[str, Any]) -> Release:
    return Release(**{**record, "made_at": _moment(record["made_at"])})


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _described(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without its environment, which is kept apart."""
    return {name: value for name, value in configuration.items() if name not in {"Environment", "ResponseMetadata"}}


def _store_package(place: _Place, folder: _Folder, member: str, found: Mapping[str, Any]) -> None:
    """Have the package of a live version in the record. Raises EdgeError when it is to be had nowhere.

    Where the deploy put it is asked first: that copy is there also when Lambda's own is not.
    """
    sha256 = found["CodeSha256"]
    uploaded = folder.at(RELEASES + _release_of(found))
    file = FILES[member]
    for source, each in ((folder, file), (uploaded, file), (uploaded, _ONE_FOR_BOTH)):
        if _sha256(source.read(each) or b"") == sha256:
            if source.key(each) != folder.key(file):
                folder.copy(source.key(each), file)
            return
    name, version = place.names[member], found["Version"]
    answer = web.ask(place.client.get_function(FunctionName=name, Qualifier=version)["Code"]["Location"])
    if answer.status != _OK or _sha256(answer.body) != sha256:
        raise EdgeError(
            f"The package of {name}:{version} is neither at {uploaded.key(file)} in the deploy bucket "
            "nor what Lambda gives for it. Put it there, or deploy its commit again."
        )
    folder.write(file, answer.body)


def _store_edge(place: _Place, folder: _Folder) -> None:
    """Record the stack, and the distribution as CloudFront tells it, without the secret that it sends."""
    deployed = stack.current(place.stage)
    if deployed is None:
        raise EdgeError(f"{place.stage.name} has no stack. Deploy it: manage.py deploy {place.stage.name}")
    folder.write("template.yaml", deployed[0].encode())
    folder.write_json("parameters.json", deployed[1])
    any_client: Any = boto3
    config = any_client.client("cloudfront").get_distribution_config(Id=place.output(_DISTRIBUTION))
    for origin in config["DistributionConfig"]["Origins"]["Items"]:
        for header in origin.get("CustomHeaders", {}).get("Items", []):
            header["HeaderValue"] = ""
    folder.write_json("distribution.json", config["DistributionConfig"])


def _restore_function(place: _Place, folder: _Folder, member: str, release: str, then: Mapping[str, Any]) -> str:
    """Let the alias name the release again, and put the slot back. Returns the version."""
    client, restoring, name = place.client, folder.at(_RESTORING), place.names[member]
    key = folder.key(FILES[member] if folder.has(FILES[member]) else _ONE_FOR_BOTH)
    there = functions.environment_of(client, name)
    now = functions.environment_of(client, name, LIVE) or there
    exactly = environment.with_secrets(functions.variables(then), of=now)
    after = environment.gone_back(there=there, to=exactly)
    version = functions.version_of(client, name, release, like={**then, "Environment": {"Variables": exactly}})
    if version:
        functions.point_alias(client, name, version)
        _put_on_slot(client, name, folder.bucket, key, then)
    else:
        restoring.write_json(f"{name}.json", {"during": exactly, "after": after})
        _put_on_slot(client, name, folder.bucket, key, then)
        functions.set_environment(client, name, exactly, seen=there)
        version = functions.publish(client, name, then["CodeSha256"], release)
        functions.point_alias(client, name, version)
        there = exactly
    functions.set_environment(client, name, after, seen=there)
    restoring.delete(f"{name}.json")
    return version


def _put_on_slot(client: Any, name: str, bucket: str, key: str, then: Mapping[str, Any]) -> None:
    functions.set_code(
        client,
        name,
        bucket=bucket,
        key=key,
        sha256=then["CodeSha256"],
        architecture=then["Architectures"][0],
    )
    functions.configure(client, name, **{setting: then[setting] for setting in _SETTINGS})


def _sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
