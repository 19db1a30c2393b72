"""A stage in the emulator with functions and buckets alone: what releases are made of, quick to make."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from django.conf import settings

from scc.edge import environment, functions, releases, site, stack
from scc.edge.contents import FILES, OPS, WEB
from scc.edge.environment import RELEASE, SECRETS
from scc.edge.stages import LIVE, SLOT, Stage

ROLE = "arn:aws:iam::000000000000:role/any"
FIRST, SECOND = "20261123T011530Z-a5d93a5", "20261124T101500Z-b6ea4b6"
SECRET = "of CloudFront"

TEMPLATE = """
Parameters:
  SiteHost: {Type: String, Default: ""}
  OriginSecret: {Type: String, NoEcho: true}
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties: {VersioningConfiguration: {Status: Enabled}}
  Deploys:
    Type: AWS::S3::Bucket
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - Id: lambda
            DomainName: any.lambda-url.us-west-2.on.aws
            CustomOriginConfig: {HTTPPort: 80, OriginProtocolPolicy: https-only}
            OriginCustomHeaders: [{HeaderName: X-Origin-Verify, HeaderValue: !Ref OriginSecret}]
        DefaultCacheBehavior:
          TargetOriginId: lambda
          ViewerProtocolPolicy: redirect-to-https
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
Outputs:
  SiteBucket: {Value: !Ref Site}
  DeployBucket: {Value: !Ref Deploys}
  DistributionId: {Value: !Ref Distribution}
"""


def silent(text: str) -> None:
    pass


def package(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("index.py"), f"def handler(event, context):\n    return {code!r}\n")
    return buffer.getvalue()


def key_of(release: str, member: str) -> str:
    return f"releases/{release}/{FILES[member]}"


def sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@dataclass
class Installation:
    """A stage in the emulator, and what a deploy does to it that a release is made of."""

    stage: Stage
    client: Any
    s3: Any
    folder: Path
    wanted: dict[str, str] = field(default_factory=lambda: {SECRETS: SECRET, "SCC_OPERATOR": "Alice"})

    @property
    def outputs(self) -> dict[str, str]:
        return stack.outputs(self.stage)

    def deploy(self, release: str, code: str, *, ops_code: str = "") -> None:
        """Put a release of this code live, with `wanted` for its environment.

        ops_code: of the function for commands, which is left out without it.
        """
        bucket, key = self.outputs["DeployBucket"], key_of(release, WEB)
        self.s3.put_object(Bucket=bucket, Key=key, Body=package(code))
        there = self.environment()
        merged = environment.merge(there=there, wanted=self.wanted | {RELEASE: release}, known=())
        code_in = {"S3Bucket": bucket, "S3Key": key}
        variables = {"Variables": merged.values}
        # As Zappa does it: nothing waits until it must.
        if functions.configuration(self.client, self.stage.web) is None:
            self.client.create_function(
                FunctionName=self.stage.web,
                Runtime="python3.11",
                Role=ROLE,
                Handler="index.handler",
                Code=code_in,
                Environment=variables,
            )
        else:
            self.client.update_function_code(FunctionName=self.stage.web, **code_in)
            self.client.update_function_configuration(FunctionName=self.stage.web, Environment=variables)
        if ops_code:
            self.put_ops(ops_code, release, merged.values, key=key if ops_code == code else key_of(release, OPS))
        self.put_static(code)
        self.publish(release, code)

    def put_ops(self, code: str, release: str, values: dict[str, str], *, key: str) -> None:
        bucket = self.outputs["DeployBucket"]
        self.s3.put_object(Bucket=bucket, Key=key, Body=package(code))
        functions.ensure_ops(
            self.client,
            self.stage.ops,
            role=ROLE,
            bucket=bucket,
            key=key,
            sha256=sha256(package(code)),
            runtime="python3.11",
            architecture="x86_64",
            memory_mb=128,
            environment=values,
            seen=functions.environment_of(self.client, self.stage.ops),
            release=release,
        )
        version = functions.publish(self.client, self.stage.ops, sha256(package(code)), release)
        functions.point_alias(self.client, self.stage.ops, version)

    def put_static(self, code: str) -> None:
        static, landing = self.folder / "static", self.folder / "landing"
        for folder in (static, landing):
            folder.mkdir(exist_ok=True)
        (static / f"scc.{code}.css").write_text(code)
        (static / "staticfiles.json").write_text(json.dumps({"paths": {"scc.css": f"scc.{code}.css"}}))
        (landing / "index.html").write_text(code)
        bucket = self.outputs["SiteBucket"]
        site.go_live(bucket, site.upload_slot(bucket, static, landing, silent), silent)

    def publish(self, release: str, code: str) -> None:
        version = functions.publish(self.client, self.stage.web, sha256(package(code)), release)
        functions.point_alias(self.client, self.stage.web, version)

    def record(self, release: str, **facts: str) -> releases.Release:
        return releases.capture(self.stage, prefix=f"releases/{release}", **facts)

    def environment(self, qualifier: str = SLOT) -> dict[str, str]:
        """Return what the function has, without the fingerprints."""
        return functions.environment_of(self.client, self.stage.web, qualifier)

    def set_by_hand(self, **values: str) -> None:
        there = self.environment()
        functions.set_environment(self.client, self.stage.web, there | values, seen=there)

    def says(self, qualifier: str = LIVE) -> str:
        """Return what the code of the function is, by what it answers."""
        answer = self.client.invoke(FunctionName=self.stage.web, Qualifier=qualifier)
        return str(json.loads(answer["Payload"].read()))

    def page(self) -> str:
        found = self.s3.get_object(Bucket=self.outputs["SiteBucket"], Key="index.html")
        return str(found["Body"].read().decode())

    def versions(self) -> list[tuple[str, str]]:
        found = functions.versions(self.client, self.stage.web)
        return [(version["Version"], version["Description"]) for version in found]


@contextmanager
def installed(folder: Path, template: str = TEMPLATE) -> Iterator[Installation]:
    """Make a stage with its stack, and no function yet."""
    any_client: Any = boto3
    stage = Stage(uuid.uuid4().hex[:8], settings.SCC_TABLE, "us-west-2", "python3.11", "x86_64", memory_mb=128)
    stack.apply(stage, body=template, parameters={"OriginSecret": SECRET}, say=silent)
    made = Installation(stage, any_client.client("lambda"), any_client.client("s3"), folder)
    yield made
    for name in (stage.web, stage.ops):
        if functions.configuration(made.client, name):
            made.client.delete_function(FunctionName=name)


def with_two_releases(made: Installation) -> Installation:
    """Give it two releases, the second live: another environment, other code and another page."""
    made.deploy(FIRST, "one")
    made.record(FIRST, by="alice@dock", commit="a5d93a5" + "0" * 33)
    made.wanted |= {"SCC_OPERATOR": "Bob", "SCC_CURRENCY": "EUR"}
    made.deploy(SECOND, "two")
    made.record(SECOND, by="bob@dock")
    return made
