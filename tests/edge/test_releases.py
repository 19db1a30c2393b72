from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectionClosedError

from scc.edge import environment, functions, releases, stack
from scc.edge.contents import OPS
from scc.edge.environment import GIVEN, RELEASE, SECRETS
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, SLOT, Stage
from tests.edge.installations import (
    FIRST,
    SECOND,
    SECRET,
    TEMPLATE,
    Installation,
    installed,
    key_of,
    package,
    sha256,
    silent,
    with_two_releases,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Two releases for tests that only look at them."""
    with installed(tmp_path_factory.mktemp("kept")) as made:
        yield with_two_releases(made)


def plain(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name != GIVEN}


def test_new_id_has_the_moment_in_utc_and_the_commit() -> None:
    now = datetime(2026, 11, 22, 17, 15, 30, tzinfo=timezone(timedelta(hours=-8)))

    assert releases.new_id("a5d93a5c0ffee", now) == FIRST


def test_before_the_first_deploy_there_is_none() -> None:
    stage = Stage("never", "scc", "us-west-2", "python3.11", "x86_64", memory_mb=128)

    assert releases.live(stage) is None
    assert releases.releases(stage) == []
    with pytest.raises(EdgeError, match="Deploy"):
        releases.exists(stage, "releases/any")


def test_nothing_is_captured_where_nothing_is_live(here: Installation) -> None:
    with pytest.raises(EdgeError, match="no release yet"):
        here.record(FIRST)


def test_what_has_no_distribution_is_not_live(tmp_path: Path) -> None:
    without = TEMPLATE.replace("  DistributionId: {Value: !Ref Distribution}\n", "")
    with installed(tmp_path, without) as here:
        here.deploy(FIRST, "one")

        assert releases.live(here.stage) is None
        with pytest.raises(EdgeError, match="no release yet"):
            here.record(FIRST)


def test_releases_are_those_that_were_recorded(kept: Installation) -> None:
    found = releases.releases(kept.stage)

    assert [(each.id, each.by, each.commit) for each in found] == [
        (SECOND, "bob@dock", "b6ea4b6"),
        (FIRST, "alice@dock", "a5d93a5" + "0" * 33),
    ]
    assert (found[1].package_sha256, found[1].static_files) == (sha256(package("one")), 2)
    assert abs(found[0].made_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert releases.live(kept.stage) == SECOND
    assert releases.before_live(kept.stage) == FIRST


def test_a_record_holds_the_whole_state(kept: Installation) -> None:
    releases.capture(kept.stage, prefix="snapshots/next")

    bucket = kept.outputs["DeployBucket"]
    keys = [each["Key"] for each in kept.s3.list_objects_v2(Bucket=bucket, Prefix="snapshots/next/")["Contents"]]
    texts = {key.rpartition("/")[2]: kept.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    assert texts.pop("package.zip") == package("two")
    assert texts.pop("template.yaml").decode() == TEMPLATE
    read = {name: json.loads(text) for name, text in texts.items()}
    assert read["parameters.json"] == {"SiteHost": ""}
    assert plain(read["env.json"]["web"])["SCC_OPERATOR"] == "Bob"
    assert read["configuration.json"]["web"]["Handler"] == "index.handler"
    assert "Environment" not in read["configuration.json"]["web"]
    assert read["distribution.json"]["Origins"]["Items"][0]["DomainName"] == "any.lambda-url.us-west-2.on.aws"
    assert sorted(read["static.json"]) == ["index.html", "static/scc.one.css", "static/scc.two.css"]
    assert (read["release.json"]["id"], read["release.json"]["by"]) == (SECOND, "bob@dock")
    assert [name for name, text in texts.items() if SECRET in text.decode()] == ["env.json"]


def test_a_record_that_was_interrupted_is_none(here: Installation, broken: list[str]) -> None:
    here.deploy(FIRST, "one")
    broken.append("static.json")
    with pytest.raises(ConnectionClosedError):
        here.record(FIRST)

    assert releases.releases(here.stage) == []
    assert not releases.exists(here.stage, f"releases/{FIRST}")
    with pytest.raises(EdgeError, match="no whole record"):
        releases.load(here.stage, f"releases/{FIRST}")
    with pytest.raises(EdgeError, match="no whole record"):
        releases.restore(here.stage, f"releases/{FIRST}", say=silent)

    broken.clear()
    assert here.record(FIRST) == releases.load(here.stage, f"releases/{FIRST}")


def test_stack_of_is_what_apply_takes(kept: Installation) -> None:
    body, parameters = releases.stack_of(kept.stage, f"releases/{FIRST}")

    assert stack.apply(kept.stage, body=body, parameters=parameters, say=silent) is False


def test_a_package_that_was_not_uploaded_comes_from_lambda(here: Installation) -> None:
    here.deploy(FIRST, "one")
    bucket, key = here.outputs["DeployBucket"], f"releases/{FIRST}/package.zip"
    here.s3.delete_object(Bucket=bucket, Key=key)

    here.record(FIRST)

    assert here.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == package("one")


def test_a_package_that_is_another_is_refused(two: Installation) -> None:
    # The emulator gives the slot's code for every version.
    functions.point_alias(two.client, two.stage.web, "1")
    two.s3.put_object(Bucket=two.outputs["DeployBucket"], Key=f"releases/{FIRST}/package.zip", Body=package("other"))

    with pytest.raises(EdgeError, match=f"neither at releases/{FIRST}/package.zip"):
        releases.capture(two.stage, prefix="snapshots/next")

    assert not releases.exists(two.stage, "snapshots/next")


def test_restore_puts_alias_environment_and_static_back(two: Installation) -> None:
    said: list[str] = []

    releases.restore(two.stage, f"releases/{FIRST}", say=said.append)

    assert releases.live(two.stage) == FIRST
    assert two.versions() == [("1", FIRST), ("2", SECOND)]
    assert (two.says(LIVE), two.says(SLOT), two.page()) == ("one", "one", "one")
    expected = {SECRETS: SECRET, "SCC_OPERATOR": "Alice", RELEASE: FIRST}
    assert plain(two.environment(LIVE)) == plain(two.environment()) == expected
    assert said == [f"{two.stage.web}: version 1", "static: 1 files restored, 1 as they were"]


def test_restore_may_be_run_again_and_goes_forward_too(two: Installation) -> None:
    for _ in range(2):
        releases.restore(two.stage, f"releases/{FIRST}", say=silent)
    assert (releases.live(two.stage), two.says(LIVE), two.page()) == (FIRST, "one", "one")

    releases.restore(two.stage, f"releases/{SECOND}", say=silent)

    assert (releases.live(two.stage), two.says(LIVE), two.page()) == (SECOND, "two", "two")
    assert plain(two.environment()) == plain(two.environment(LIVE)) == two.wanted | {RELEASE: SECOND}
    assert two.versions() == [("1", FIRST), ("2", SECOND)]


def test_restore_publishes_again_what_was_pruned(two: Installation) -> None:
    two.set_by_hand(SCC_CURRENCY="by hand", SCC_NOTE="by hand")
    functions.prune(two.client, two.stage.web, 1)
    assert two.versions() == [("2", SECOND)]

    releases.restore(two.stage, f"releases/{FIRST}", say=silent)

    assert two.versions() == [("2", SECOND), ("3", FIRST)]
    assert (releases.live(two.stage), two.says(LIVE), two.page()) == (FIRST, "one", "one")
    then = {SECRETS: SECRET, "SCC_OPERATOR": "Alice", RELEASE: FIRST}
    assert plain(two.environment(LIVE)) == then
    assert plain(two.environment()) == then | {"SCC_CURRENCY": "by hand", "SCC_NOTE": "by hand"}


def rotate(two: Installation, secret: str) -> None:
    there = two.environment()
    values = environment.with_secrets(there, of={SECRETS: secret})
    functions.set_environment(two.client, two.stage.web, values, seen=there)
    two.publish(SECOND, "two")


def test_restore_keeps_the_secret_of_today(two: Installation) -> None:
    rotate(two, "of CloudFront today")

    releases.restore(two.stage, f"releases/{FIRST}", say=silent)

    then = {SECRETS: "of CloudFront today", "SCC_OPERATOR": "Alice", RELEASE: FIRST}
    assert plain(two.environment(LIVE)) == plain(two.environment()) == then
    assert two.versions() == [("1", FIRST), ("2", SECOND), ("3", SECOND), ("4", FIRST)]
    assert two.says(LIVE) == "one"


def test_a_deploy_after_a_rollback_changes_what_it_gave(two: Installation) -> None:
    two.set_by_hand(SCC_NOTE="by hand")
    releases.restore(two.stage, f"releases/{FIRST}", say=silent)

    merged = environment.merge(there=two.environment(), wanted=two.wanted | {RELEASE: "third"}, known=())

    assert plain(merged.values) == two.wanted | {RELEASE: "third", "SCC_NOTE": "by hand"}
    assert (merged.kept, merged.added) == (["SCC_NOTE"], ["SCC_CURRENCY"])


def interrupt(two: Installation, broken: list[str], end: str) -> None:
    """Go back to a release that was pruned, and break off where something is written to an address that ends so."""
    two.set_by_hand(SCC_CURRENCY="by hand", SCC_NOTE="by hand")
    functions.prune(two.client, two.stage.web, 1)
    broken.append(end)
    with pytest.raises(ConnectionClosedError):
        releases.restore(two.stage, f"releases/{FIRST}", say=silent)
    broken.clear()


def test_settle_finishes_a_restore_that_was_interrupted(two: Installation, broken: list[str]) -> None:
    interrupt(two, broken, "/versions")
    assert "SCC_NOTE" not in two.environment()
    there = two.environment()
    in_between = {name: value for name, value in there.items() if name != "SCC_OPERATOR"} | {"SCC_ALSO": "by hand"}
    functions.set_environment(two.client, two.stage.web, in_between, seen=there)

    releases.settle(two.stage)

    then = {SECRETS: SECRET, RELEASE: FIRST}
    assert plain(two.environment()) == then | dict.fromkeys(("SCC_CURRENCY", "SCC_NOTE", "SCC_ALSO"), "by hand")


def test_restore_goes_on_where_it_was_interrupted(two: Installation, broken: list[str]) -> None:
    interrupt(two, broken, "/versions")

    releases.restore(two.stage, f"releases/{FIRST}", say=silent)

    then = {SECRETS: SECRET, "SCC_OPERATOR": "Alice", RELEASE: FIRST}
    assert plain(two.environment(LIVE)) == then
    assert plain(two.environment()) == then | {"SCC_CURRENCY": "by hand", "SCC_NOTE": "by hand"}


def test_settle_leaves_alone_what_was_not_begun(two: Installation, broken: list[str]) -> None:
    interrupt(two, broken, "/configuration")
    before = two.environment()

    releases.settle(two.stage)

    assert two.environment() == before
    assert before["SCC_NOTE"] == "by hand"


def test_a_snapshot_puts_back_what_was_before_a_bad_deploy(two: Installation) -> None:
    releases.capture(two.stage, prefix="snapshots/third")
    two.wanted |= {"SCC_OPERATOR": "Mallory", "SCC_NEW": "new"}
    two.deploy("20261125T000000Z-c0ffee0", "bad")

    releases.restore(two.stage, "snapshots/third", say=silent)

    assert (releases.live(two.stage), two.says(LIVE), two.page()) == (SECOND, "two", "two")
    assert plain(two.environment())["SCC_OPERATOR"] == "Bob"
    assert "SCC_NEW" not in two.environment()
    assert [each.id for each in releases.releases(two.stage)] == [SECOND, FIRST]


# The second as it was when both functions had one package.
@pytest.mark.parametrize("ops_code", ["one, for commands", "one"])
def test_both_functions_are_restored_together(here: Installation, ops_code: str) -> None:
    here.deploy(FIRST, "one", ops_code=ops_code)
    here.record(FIRST)
    here.deploy(SECOND, "two", ops_code="two, for commands")
    # A deploy that ended between the two functions: the snapshot holds one release all the same.
    functions.point_alias(here.client, here.stage.web, "1")
    snapshot = releases.capture(here.stage, prefix="snapshots/next")

    releases.restore(here.stage, "snapshots/next", say=silent)

    assert (snapshot.id, snapshot.web_version, snapshot.ops_version) == (FIRST, "1", "1")
    for name, code in ((here.stage.web, "one"), (here.stage.ops, ops_code)):
        for qualifier in (SLOT, LIVE):
            found = functions.configuration(here.client, name, qualifier)
            assert found is not None
            assert found["CodeSha256"] == sha256(package(code))
            assert functions.variables(found)[RELEASE] == FIRST


def test_a_record_of_one_package_for_both_is_restored(here: Installation) -> None:
    here.deploy(FIRST, "one", ops_code="one")
    here.record(FIRST)
    # As it was recorded then.
    here.s3.delete_object(Bucket=here.outputs["DeployBucket"], Key=key_of(FIRST, OPS))
    here.deploy(SECOND, "two", ops_code="two, for commands")

    releases.restore(here.stage, f"releases/{FIRST}", say=silent)

    for name in (here.stage.web, here.stage.ops):
        found = functions.configuration(here.client, name)
        assert found is not None
        assert found["CodeSha256"] == sha256(package("one"))


def test_a_package_of_commands_that_is_nowhere_is_named(here: Installation) -> None:
    here.deploy(FIRST, "one", ops_code="one, for commands")
    here.s3.put_object(Bucket=here.outputs["DeployBucket"], Key=key_of(FIRST, OPS), Body=package("other"))
    here.client.update_function_code(FunctionName=here.stage.ops, ZipFile=package("another"))

    with pytest.raises(EdgeError, match=f"package of {here.stage.ops}:1 is neither at releases/{FIRST}/ops.zip"):
        here.record(FIRST)


@pytest.fixture
def broken() -> Iterator[list[str]]:
    """The ends of the addresses for which the connection breaks when something is written there."""
    ends: list[str] = []

    def fail(params: dict[str, Any], **_: Any) -> None:
        if ends and params["method"] in {"PUT", "POST"} and params["url_path"].endswith(tuple(ends)):
            raise ConnectionClosedError(endpoint_url=params["url_path"])

    # Clients take over what their session listens to, but for those that were made before.
    events = boto3._get_default_session().events
    for service in ("lambda", "s3"):
        events.register(f"before-call.{service}", fail)
    yield ends
    for service in ("lambda", "s3"):
        events.unregister(f"before-call.{service}", fail)
