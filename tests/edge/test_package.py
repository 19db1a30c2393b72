"""The packages: made of this working tree as if it were committed, and imported as Lambda does."""

from __future__ import annotations

import json
import marshal
import os
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.test import override_settings

from scc.edge import contents, package, wheels
from scc.edge.contents import MEMBERS, OPS, WEB
from scc.edge.errors import EdgeError
from scc.edge.package import Archive, Package
from scc.edge.wheels import Target

TOP = Path(__file__).parents[2]
BARE = TOP / "tests" / "rehearsal" / "bare"
# This project's own limits; Lambda's is 50 MiB. Visitors wait for the first at a cold start; the second has fonts.
LARGEST = {WEB: 15_000_000, OPS: 35_000_000}
OURS = ("events", "payments", "scc", "waivers")
# What a compiler writes first, and what it writes for "never checked against the source".
# https://docs.python.org/3/reference/import.html#pyc-invalidation
UNCHECKED = 1
# https://www.man7.org/linux/man-pages/man5/elf.5.html, e_machine
AARCH64 = 183

SECRET = "the-origins-secret"
CALL = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
module, _, name = sys.argv[2].rpartition(".")
print(json.dumps(getattr(importlib.import_module(module), name)(json.loads(sys.argv[3]), None)))
"""
IMPORT_ALL = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import scc.lambda_handler
# What Django's settings name, and what is imported when it is needed.
import anymail.backends.amazon_ses, bcrypt, storages.backends.s3
for top in sys.argv[2].split():
    for module in pkgutil.walk_packages([f"{sys.argv[1]}/{top}"], f"{top}."):
        importlib.import_module(module.name)
print(json.dumps({name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}))
"""
ENDPOINTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import boto3
clients = [boto3.client(service, region_name=region) for service, region in json.loads(sys.argv[2])]
print(json.dumps([[client.meta.endpoint_url, client._request_signer.region_name] for client in clients]))
"""


# Everything of Stripe's package that cards need, down to the classes of what it answers with.
STRIPE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import stripe
from stripe._object_classes import get_object_class
client = stripe.StripeClient("sk_test_x", http_client=stripe.RequestsClient())
used = [client.v1.payment_links, client.v1.payment_intents, client.v1.refunds, stripe.WebhookSignature]
kinds = [get_object_class("V1", name) for name in ("charge", "list", "payment_intent", "payment_link", "refund")]
print(json.dumps([kind.__name__ for kind in kinds]))
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository whose only commit is the working tree, with this one's archives of dependencies."""
    folder = tmp_path_factory.mktemp("repository")
    for name in git(TOP, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "As it is")
    (TOP / ".cache" / "packages").mkdir(parents=True, exist_ok=True)
    (folder / ".cache").mkdir()
    (folder / ".cache" / "packages").symlink_to(TOP / ".cache" / "packages")
    with override_settings(BASE_DIR=folder):
        yield folder


@pytest.fixture(scope="module")
def built(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("built")
    return package.build(commit="HEAD", target=Target.this_machine(), folder=folder)


@pytest.fixture(scope="module")
def bare(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("bare")
    return package.build(commit="HEAD", target=Target.this_machine(), folder=folder, tree=BARE)


@pytest.fixture(scope="module")
def tasks(built: Package, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The packages unzipped."""
    return {member: unzip(built.archives[member], tmp_path_factory.mktemp(member)) for member in MEMBERS}


@pytest.fixture(params=MEMBERS)
def task(request: pytest.FixtureRequest, tasks: dict[str, Path]) -> Path:
    """One of the packages, and then the other."""
    return tasks[request.param]


def unzip(archive: Archive, folder: Path) -> Path:
    with zipfile.ZipFile(archive.path) as file:
        file.extractall(folder)
    return folder


def run_as_function(script: str, *arguments: str) -> Any:
    """Run a script as Lambda would: with its own variables, and no package but those unzipped. Returns what it said."""
    table = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    environment = {
        **table,
        "AWS_LAMBDA_FUNCTION_NAME": "scc-staging",
        **{name: os.environ[name] for name in ("SCC_TABLE", "SCC_MEDIA_BUCKET")},
        "SCC_SECRET_KEY": "for this test only, " * 3,
        "SCC_SITE_URL": "https://crew.example.com",
        "SCC_ORIGIN_SECRETS": SECRET,
        "SCC_KMS_KEY": "alias/scc-staging",
        "SES_SENDER_EMAIL": "crew@example.com",
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", script, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def make_request(path: str) -> str:
    return json.dumps(
        {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"host": "abc.lambda-url.us-west-2.on.aws", "x-origin-verify": SECRET},
            "requestContext": {
                "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "130.176.0.1"}
            },
            "isBase64Encoded": False,
        }
    )


def names(archive: Archive) -> list[str]:
    with zipfile.ZipFile(archive.path) as file:
        return file.namelist()


def test_everything_of_ours_can_be_imported(task: Path) -> None:
    modules = run_as_function(IMPORT_ALL, str(task), " ".join(OURS))

    assert {"scc.lambda_handler", "scc.settings", "scc.sealing.boxes", "waivers.views"} <= set(modules)
    elsewhere = [file for file in modules.values() if "site-packages" in file or file.startswith(f"{TOP}/")]
    assert elsewhere == []


@pytest.mark.parametrize(
    "folder",
    ["PIL", "bidi", "events/management/commands", "reportlab", "rich", "uharfbuzz", "waivers/fonts", "waivers/pdfs"],
)
def test_the_web_function_goes_without_what_commands_need(tasks: dict[str, Path], folder: str) -> None:
    assert {member: (tasks[member] / folder).exists() for member in MEMBERS} == {WEB: False, OPS: True}


def test_checks_pass_in_a_function(tasks: dict[str, Path]) -> None:
    answer = run_as_function(CALL, str(tasks[OPS]), "scc.lambda_handler.ops", '{"manage": ["check"]}')

    # That the sources of static files are not here is as it must be.
    assert set(re.findall(r"\((\w+\.[A-Z]\d+)\)", answer["output"])) <= {"staticfiles.W004"}


@pytest.mark.usefixtures("table")
def test_a_page_names_hashed_files(tasks: dict[str, Path]) -> None:
    task = tasks[WEB]
    answer = run_as_function(CALL, str(task), "scc.lambda_handler.web", make_request("/admin/login/"))

    assert answer["statusCode"] == 200
    files = re.findall(r'"/static/([^"]+)"', answer["body"])
    hashed = json.loads((task / "staticfiles" / "staticfiles.json").read_text())["paths"].values()
    assert files
    assert set(files) <= set(hashed)


def test_clients_find_the_same_endpoints(task: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Those of AWS, not of the emulator.
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    wanted = [(service, region) for service in contents.SERVICES for region in ("us-west-2", "us-east-1", "eu-north-1")]
    # AWS in China and for governments, and a region newer than the lists.
    wanted += [("dynamodb", "cn-north-1"), ("s3", "us-gov-west-1"), ("sesv2", "us-west-9")]
    session: Any = boto3.Session()
    clients = [session.client(service, region_name=region) for service, region in wanted]

    found = run_as_function(ENDPOINTS, str(task), json.dumps(wanted))

    assert found == [[client.meta.endpoint_url, client._request_signer.region_name] for client in clients]
    assert found[0] == ["https://dynamodb.us-west-2.amazonaws.com", "us-west-2"]


def test_it_describes_every_service_that_is_called(task: Path) -> None:
    sources = [file.read_text() for top in OURS for file in (task / top).rglob("*.py")]

    called = {name for text in sources for name in re.findall(r'\.(?:client|resource)\(\s*"([a-z0-9]+)"', text)}

    assert called
    assert called <= set(contents.SERVICES)


def test_what_cards_need_of_stripe_is_there(task: Path) -> None:
    assert run_as_function(STRIPE, str(task)) == ["Charge", "ListObject", "PaymentIntent", "PaymentLink", "Refund"]


def test_the_same_bytes_for_the_same_commit(repository: Path, built: Package, tmp_path: Path) -> None:
    # Elsewhere, and with nothing kept.
    git(tmp_path, "clone", "--quiet", str(repository), "clone")

    with override_settings(BASE_DIR=tmp_path / "clone"):
        again = package.build(commit="HEAD", target=Target.this_machine(), folder=tmp_path / "again")

    assert [again.archives[member].sha256 for member in MEMBERS] == [
        built.archives[member].sha256 for member in MEMBERS
    ]
    static = ({file.name: file.read_bytes() for file in each.static.rglob("*.*")} for each in (built, again))
    assert next(static) == next(static)


@pytest.mark.parametrize("member", MEMBERS)
def test_nothing_of_this_machine_is_in_it(built: Package, tasks: dict[str, Path], member: str) -> None:
    with zipfile.ZipFile(built.archives[member].path) as archive:
        entries = archive.infolist()
    assert {(entry.date_time, entry.external_attr >> 16) for entry in entries} == {((1980, 1, 1, 0, 0, 0), 0o100644)}
    task = tasks[member]
    for file in task.rglob("*.pyc"):
        content = file.read_bytes()
        assert content[:4] == MAGIC_NUMBER
        assert int.from_bytes(content[4:8], "little") == UNCHECKED
        code = marshal.loads(content[16:])  # noqa: S302  # of our own making
        assert code.co_filename == f"/var/task/{source_of(file).relative_to(task)}"


def source_of(bytecode: Path) -> Path:
    beside = bytecode.parent.parent if bytecode.parent.name == "__pycache__" else bytecode.parent
    return beside / f"{bytecode.name.partition('.')[0]}.py"


def test_ours_has_its_sources_and_dependencies_their_bytecode_alone(task: Path) -> None:
    sources = {file.relative_to(task).parts[0] for file in task.rglob("*.py")}
    bytecode = {source_of(file) for file in task.rglob("*.pyc")}

    assert sources == set(OURS)
    assert set(task.rglob("*.py")) <= bytecode
    assert (task / "django" / "urls" / "base.pyc").exists()


@pytest.mark.parametrize("member", MEMBERS)
def test_what_stays_behind(built: Package, member: str) -> None:
    there = names(built.archives[member])

    tops = {name.partition("/")[0] for name in there}
    assert {"events", "payments", "scc", "staticfiles", "templates", "waivers"} <= tops
    assert tops.isdisjoint({"bench", "bin", "docs", "examples", "infra", "static", "tests", "zappa"})
    # At the top there are modules of dependencies alone: no settings of Zappa's, no variables, no manage.py.
    tops = {name for name in there if "/" not in name and not re.fullmatch(r"_cffi_backend\..*\.so", name)}
    assert tops == {"six.pyc", "typing_extensions.pyc"}
    parts = (
        r"(^|/)(\.[^/]*|zappa_settings\.[a-z]+|tests|emulator|demo)(/|$)|\.(pyi|po|c|h|rst)$|/locale/(?!en/|es/)[a-z]"
    )
    assert [name for name in there if re.search(parts, name)] == []
    services = {name.split("/")[2] for name in there if name.startswith("botocore/data/") and name.count("/") > 2}
    assert services == set(contents.SERVICES)


@pytest.mark.parametrize("member", MEMBERS)
def test_its_size(built: Package, member: str) -> None:
    archive = built.archives[member]

    assert archive.size == archive.path.stat().st_size < LARGEST[member]
    assert archive.files == len(names(archive))
    assert archive.unpacked < 5 * archive.size
    assert b64decode(archive.code_sha256).hex() == archive.sha256


def test_a_bare_function_on_the_same_dependencies(built: Package, bare: Package, tmp_path: Path) -> None:
    folder = unzip(bare.archives[WEB], tmp_path)

    answer = run_as_function(CALL, str(folder), "bare.lambda_handler.web", make_request("/"))

    assert (answer["statusCode"], "<h1>One view</h1>" in answer["body"]) == (200, True)
    there = names(bare.archives[WEB])
    own = {"bare/", "templates/page.html"}
    assert {name for name in set(there) - set(names(built.archives[WEB])) if not name.startswith(tuple(own))} == set()
    assert "django/__init__.pyc" in there
    assert list(bare.static.iterdir()) == []


@pytest.mark.parametrize("member", MEMBERS)
def test_lambdas_wheels_exist(repository: Path, tmp_path: Path, member: str) -> None:
    wheels.install(wheels.locked_requirements(repository, member), Target(), tmp_path)

    libraries = list(tmp_path.rglob("*.so"))
    assert {struct.unpack_from("<H", file.read_bytes(), 18)[0] for file in libraries} == {AARCH64}
    assert [file.name for file in libraries if ".cpython-314-" not in file.name and ".abi3." not in file.name] == []
    assert (tmp_path / {WEB: "django", OPS: "reportlab"}[member] / "__init__.py").exists()


def test_another_python_compiles_for_itself_or_is_asked_for(repository: Path, tmp_path: Path) -> None:
    try:
        made = package.build(commit="HEAD", target=Target(), folder=tmp_path, tree=BARE)
    except EdgeError as exc:
        assert re.match(r"Python 3\.14 is needed here too.* python install 3\.14", str(exc))  # noqa: PT017
        return

    python = subprocess.check_output([Path(sys.executable).with_name("uv"), "python", "find", "3.14"], text=True)
    script = "from importlib import util; print(util.MAGIC_NUMBER.hex())"
    magic = subprocess.check_output([python.strip(), "-c", script], text=True)
    with zipfile.ZipFile(made.archives[WEB].path) as archive:
        content = archive.read("bare/__pycache__/urls.cpython-314.pyc")
    assert content[:4].hex() == magic.strip()


def test_a_python_that_is_not_here_is_asked_for(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"Type: .*/uv python install 3\.99"):
        package.build(commit="HEAD", target=Target("3.99"), folder=tmp_path)


def test_a_processor_that_lambda_has_not_is_refused() -> None:
    with pytest.raises(EdgeError, match="No package is made for 'sparc64', but for arm64 and x86_64"):
        Target(architecture="sparc64")


def test_a_commit_that_is_not_known_is_refused(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="Commit 0000000 cannot be packaged: fatal: not a valid object name"):
        package.build(commit="0000000", target=Target.this_machine(), folder=tmp_path)


def test_what_does_not_compile_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "tree" / "boat").mkdir(parents=True)
    (tmp_path / "tree" / "boat" / "__init__.py").write_text("def sail(:\n")

    with pytest.raises(EdgeError, match=r"/var/task/boat/__init__\.py[\s\S]*SyntaxError"):
        package.build(commit="HEAD", target=Target.this_machine(), folder=tmp_path, tree=tmp_path / "tree")


@pytest.mark.parametrize("limit", ["MOST_BYTES", "MOST_BYTES_UNPACKED"])
def test_more_than_lambda_takes_is_refused(
    repository: Path, bare: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(package, limit, 1_000_000)

    web = bare.archives[WEB]
    with pytest.raises(EdgeError, match=f"The package has {web.size} bytes, {web.unpacked} unpacked; Lambda takes"):
        package.build(commit="HEAD", target=Target.this_machine(), folder=tmp_path, tree=BARE)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("django/contrib/admin/options.py", True),
        ("django/contrib/admin/static/admin/css/base.css", False),
        ("django/contrib/gis/apps.py", False),
        ("django/conf/locale/__init__.py", True),
        ("django/conf/locale/en/LC_MESSAGES/django.mo", True),
        ("django/conf/locale/en/LC_MESSAGES/django.po", False),
        ("django/conf/locale/de/formats.py", False),
        ("django/conf/locale/es/LC_MESSAGES/django.mo", True),
        ("django/conf/locale/es_MX/formats.py", False),
        ("botocore/data/s3/2006-03-01/service-2.json.gz", True),
        ("botocore/data/s3/2006-03-01/examples-1.json", False),
        ("botocore/data/s3control/2018-08-20/service-2.json.gz", False),
        ("botocore/data/_retry.json", True),
        ("botocore/docs/service.py", True),
        ("boto3/examples/s3.rst", False),
        ("anymail/backends/amazon_ses.py", True),
        ("anymail/backends/mailgun.py", False),
        ("bcrypt/__init__.pyi", False),
        ("stripe/_payment_link.py", True),
        ("stripe/data/ca-certificates.crt", True),
        ("stripe/v2/core/_event.py", True),
        ("stripe/v2/core/_account.py", False),
        ("stripe/_stripe_service.py", True),
        ("stripe/_payment_link_service.py", True),
        ("stripe/_tax_rate_service.py", False),
        ("stripe/_tax_rate.py", True),
        ("stripe/params/_payment_link_create_params.py", False),
        ("stripe/issuing/_card.py", False),
        ("django_csp-4.0.dist-info/METADATA", True),
        ("django_csp-4.0.dist-info/RECORD", False),
        ("pygments/lexers/python.py", False),
        ("markdown_it/main.py", True),
        ("cffi/api.py", False),
        ("packaging/version.py", True),
        ("packaging/tags.py", False),
        ("tzdata/zoneinfo/America/Los_Angeles", True),
        ("tzdata/zoneinfo/zone1970.tab", False),
        ("bin/django-admin", False),
    ],
)
def test_is_read(name: str, read: bool) -> None:
    assert contents.is_read(name) is read


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("scc/urls.py", {WEB, OPS}),
        ("waivers/coverage.txt", {WEB, OPS}),
        ("waivers/management/commands/publishtexts.py", {OPS}),
        ("waivers/pdfs/fonts.py", {OPS}),
        ("waivers/fonts/NotoSans-Regular.ttf", {OPS}),
        ("django/core/management/commands/check.pyc", {OPS}),
        ("django/core/management/base.pyc", {WEB, OPS}),
        ("django/contrib/auth/migrations/0001_initial.pyc", {OPS}),
        ("django/db/migrations/loader.pyc", {OPS}),
        ("django/db/migrations/operations/models.pyc", {WEB, OPS}),
    ],
)
def test_is_for(name: str, members: set[str]) -> None:
    assert {member for member in MEMBERS if contents.is_for(name, member)} == members


def zappa(repository: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Zappa's own command on a repository. What it packs by itself is an environment without packages."""
    (folder / "lib" / f"python{Target.this_machine().python}" / "site-packages").mkdir(parents=True)
    return subprocess.run(
        [Path(sys.executable).with_name("zappa"), *arguments, "--disable_progress"],
        cwd=repository,
        env={**os.environ, "VIRTUAL_ENV": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_bare_zappa_carries_the_same_bytes(repository: Path, built: Package, tmp_path: Path) -> None:
    done = zappa(repository, tmp_path, "package", "staging")

    made = list(repository.glob("scc-staging-*.zip"))
    assert len(made) == 1, done.stdout + done.stderr
    content = made[0].read_bytes()
    made[0].unlink()
    assert content == built.archives[WEB].path.read_bytes()


def test_a_bare_zappa_takes_nothing_that_is_not_committed(repository: Path, tmp_path: Path) -> None:
    (repository / "new.py").touch()

    done = zappa(repository, tmp_path, "package", "staging")

    (repository / "new.py").unlink()
    assert done.returncode != 0
    assert "Not committed: new.py." in done.stdout + done.stderr
    assert list(repository.glob("*.zip")) == []
