"""docs/deploying.md and docs/operating.md against the template, the commands, the variables and the AWS CLI."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import takewhile

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from scc.edge import template
from tests.docs.test_env_example import SHOWN

DOCS = {name: (settings.BASE_DIR / f"docs/{name}.md").read_text() for name in ("deploying", "operating")}
BOTH = "\n".join(DOCS.values())
# What the AWS CLI has beside the services' own operations; then options that go with all of those.
ONLY_IN_THE_CLI = {"configure --profile", "s3 cp", "logs tail", "cloudfront create-invalidation"}
FOR_ALL = {"query", "output", "region", "profile", "cli-binary-format", "cli-read-timeout"}


def alarms() -> list[str]:
    """Return the name of each alarm of the template, without the stage's."""
    resources = template.load(template.path().read_text())["Resources"].values()
    names = [each["Properties"]["AlarmName"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    return sorted(name["Fn::Sub"].removeprefix("${Project}-${Stage}-") for name in names)


def paragraphs() -> dict[str, str]:
    """Return what is under each heading of the chapter on alarms."""
    chapter = re.search(r"^## Alarms\n(.*?)^## ", DOCS["operating"], re.MULTILINE | re.DOTALL)
    assert chapter is not None
    return dict(re.findall(r"^### `([\w-]+)`\n(.*?)(?=^###|\Z)", chapter[1], re.MULTILINE | re.DOTALL))


def lines() -> Iterator[str]:
    """Yield each command of the indented blocks, those on several lines as one."""
    for block in re.findall(r"(?:^    .+\n)+", BOTH, re.MULTILINE):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())


def typed(program: str) -> list[list[str]]:
    """Return the arguments of each call of a program, up to where its output goes."""
    nested = re.findall(r"\$\((.+?)\)", "\n".join(lines()))
    found = []
    for line in [*lines(), *nested]:
        words = shlex.split(line, comments=True)
        starts = [number for number, word in enumerate(words) if word.rpartition("/")[2] == program]
        if starts:
            found.append(list(takewhile(lambda word: word not in {"|", ">", "&&"}, words[starts[0] + 1 :])))
    return found


def on_ops() -> list[list[str]]:
    """Return the arguments of each command that is run on the ops function."""
    found = re.findall(r"""'(\{"manage": \[.*?\]\})'""", BOTH)
    return [json.loads(each)["manage"] for each in found]


def anchors(page: str) -> set[str]:
    """Return what links may name of a page, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.+)$", (settings.BASE_DIR / f"docs/{page}.md").read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def messages() -> list[str]:
    """Return what a deploy is said to say."""
    table = re.search(r"^\| it says \|.*?\n\n", DOCS["operating"], re.MULTILINE | re.DOTALL)
    assert table is not None
    return [each for row in table[0].splitlines()[2:] for each in re.findall(r"`(.+?)`", row.split(" | ")[0])]


def unique(commands: list[list[str]]) -> list[list[str]]:
    return list({tuple(each): each for each in commands}.values())


MANAGED = unique(typed("manage.py") + on_ops())
ON_AWS = unique(typed("aws"))


def test_alarms_have_a_paragraph_each() -> None:
    assert sorted(paragraphs()) == alarms()


@pytest.mark.parametrize("alarm", sorted(paragraphs()))
def test_alarms_say_where_to_look_and_what_to_do(alarm: str) -> None:
    assert [word for word in ("Means:", "Look:", "Do:") if word not in paragraphs()[alarm]] == []


@pytest.mark.parametrize("arguments", MANAGED, ids=" ".join)
def test_commands_take_what_is_typed(arguments: list[str]) -> None:
    name, *rest = arguments
    parser = _command(name).create_parser("manage.py", name)

    # An exception of argparse's is a SystemExit with what is wrong.
    parser.parse_args(rest)


def test_commands_named_in_passing_exist() -> None:
    named = set(re.findall(r"`manage\.py (\w+)", BOTH)) | set(re.findall(r"^\| `manage\.py (\w+)", BOTH, re.MULTILINE))

    assert named
    assert named - get_commands().keys() == set()


@pytest.mark.parametrize("arguments", ON_AWS, ids=" ".join)
def test_commands_of_the_aws_cli_exist(arguments: list[str]) -> None:
    if " ".join(arguments[:2]) in ONLY_IN_THE_CLI:
        return
    service, operation, *rest = arguments
    options = {word.removeprefix("--") for word in rest if word.startswith("--")}

    known = _waited_for(service, rest[0]) if operation == "wait" else _options(service, operation)

    assert options - FOR_ALL - known == set()


def test_variables_are_in_env_example() -> None:
    ours = {name.split("_")[0] for name in SHOWN if "_" in name} - {"AWS"}
    named = set(re.findall(rf"\b(?:{'|'.join(sorted(ours))})_[A-Z_]*[A-Z]\b", BOTH))

    assert named
    assert named - SHOWN.keys() == set()


@pytest.mark.parametrize("message", messages())
def test_messages_are_said_so(message: str) -> None:
    said = "".join(path.read_text() for path in (settings.BASE_DIR / "scc/edge").rglob("*.py"))

    assert [part for part in re.split(r"\.\.\.|: ", message) if part.strip() not in said] == []


@pytest.mark.parametrize("name", sorted(DOCS))
def test_links_lead_to_headings(name: str) -> None:
    links = re.findall(r"\]\((?:(\w[\w-]*)\.md)?#([\w-]+)\)", DOCS[name])

    assert links
    assert [(page, anchor) for page, anchor in links if anchor not in anchors(page or name)] == []


def test_costs_add_up() -> None:
    makes = re.findall(r"^\| .+ \| .* \| .* \| \$([\d.]+) \| (.*) \|$", DOCS["deploying"], re.MULTILINE)
    said = re.search(r"Together \$([\d.]+) a season, and \$([\d.]+) of it", DOCS["deploying"])

    assert said is not None
    assert Decimal(said[1]) == sum(Decimal(amount) for amount, _ in makes)
    assert Decimal(said[2]) == sum(Decimal(amount) for amount, free in makes if not free.strip())


def _command(name: str) -> BaseCommand:
    app = get_commands()[name]
    return app if isinstance(app, BaseCommand) else load_command_class(app, name)


@cache
def _model(service: str) -> ServiceModel:
    # The CLI has a name of its own for S3's operations.
    return botocore.session.get_session().get_service_model("s3" if service == "s3api" else service)


def _options(service: str, operation: str) -> set[str]:
    """Return the options of an operation of the AWS CLI. Raises KeyError where there is no such operation."""
    names = {xform_name(name, "-"): name for name in _model(service).operation_names}
    shape = _model(service).operation_model(names[operation]).input_shape
    members = shape.members if shape is not None else {}
    options = {xform_name(name, "-") for name in members}
    # The other of two values is said by "--no-...".
    return options | {f"no-{xform_name(name, '-')}" for name, each in members.items() if each.type_name == "boolean"}


def _waited_for(service: str, name: str) -> set[str]:
    """Return the options of `aws ... wait`. Raises KeyError where there is no such waiter."""
    waiters = botocore.session.get_session().get_waiter_model(service)
    asked = {xform_name(each, "-"): waiters.get_waiter(each).operation for each in waiters.waiter_names}
    return _options(service, xform_name(asked[name], "-"))
