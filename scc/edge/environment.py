"""A function's environment: what this deploy gives, merged with what is there, and nothing lost that a person set.

Lambda keeps an environment as a whole, in which a value says nothing of where it came from. So every deploy leaves
beside its values the fingerprint of each (`SCC_GIVEN`). A value that still has its fingerprint is ours, to change or to
call stale; any other was set by hand, and stays until hand and deploy agree on it.

The fingerprints are in the environment itself because they must change in the same call as the values. A record
elsewhere is a step behind when a deploy is interrupted between the two: it would take our own value for a person's,
and, where a person had put back the value before it, a person's for ours.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from scc.edge.errors import EdgeError

# What each name was given last, by fingerprint.
GIVEN = "SCC_GIVEN"
# Which deploy wrote the environment: each gives another, and nobody sets it by hand.
RELEASE = "SCC_RELEASE"
# What CloudFront shows itself by. It lives on through releases: an old value would shut CloudFront out.
SECRETS = "SCC_ORIGIN_SECRETS"
# Without these the function does not start, or answers nobody.
REQUIRED = ("SCC_KMS_KEY", "SCC_MEDIA_BUCKET", SECRETS, "SCC_SECRET_KEY", "SCC_SITE_URL", "SCC_TABLE")

# Lambda sets these itself and refuses an environment with one of them.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_LAMBDA_METADATA_API",
        "AWS_LAMBDA_METADATA_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
# Bytes of all names and values, as one JSON object.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 4096
# Values that are shorter tell nobody anything, and are in every other word.
SHORTEST_HIDDEN = 4
# 48 bits: two values of one name look alike once in 10^14 times.
FINGERPRINT = 12

# https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
_LINE = re.compile(r"\s*(?:export\s+)?(?P<name>[^\s=#'\"]+)=(?P<rest>.*)")
_PIECE = re.compile(
    r"""
    '(?P<single>[^']*)'                                # as it stands
    | "(?P<double>(?:[^"\\$`]|\\.)*)"                  # with \" \\ \$ \` for themselves
    | (?P<bare>(?:[^\s'"\\$`;&|<>()~]|\\.)+)           # without what a shell would act on
    """,
    re.VERBOSE,
)
_SHOWN = re.compile(r'^#([A-Z_]+)="?(.*?)"?$', re.MULTILINE)


@dataclass(frozen=True)
class Merge:
    """What a merge came to: the environment to be sent, and each name under what becomes of it.

    kept: was set by hand, and stays. overruled: those of them that this deploy has another value for.
    stale: given by an earlier deploy, and by this one no more. removed: stale, and gone on request.
    unread: set by hand, and read by no code. reserved: given, and not sent as it is Lambda's own.
    """

    values: dict[str, str] = field(repr=False)
    added: list[str]
    changed: list[str]
    kept: list[str]
    overruled: list[str]
    stale: list[str]
    removed: list[str]
    same: list[str]
    unread: list[str]
    reserved: list[str]

    def lines(self) -> list[str]:
        """Return what is to be said of it, by names alone."""
        kept = [name for name in self.kept if name not in {*self.overruled, *self.unread}]
        said = (
            ("added", self.added, ""),
            ("changed", self.changed, ""),
            ("same", self.same, ""),
            ("kept, set by hand", kept, ""),
            ("kept, set by hand", self.overruled, "; this deploy's value is not taken: delete the hand-set one for it"),
            ("kept, set by hand", self.unread, "; read by no code"),
            ("stale, given no more", self.stale, ""),
            ("removed", self.removed, ""),
            ("not sent, Lambda's own", self.reserved, ""),
        )
        return [f"{what}: {', '.join(names)}{more}" for what, names, more in said if names]


def merge(
    *, there: Mapping[str, str], wanted: Mapping[str, str], known: Collection[str], remove: Collection[str] = ()
) -> Merge:
    """Return the environment that keeps what a person set in `there` and has what this deploy wants otherwise.

    there: what the function has now, with the fingerprints of what it was given; {} where there is none yet.
    known: the names that the code reads. remove: names that go if they are stale; no others do.
    Raises EdgeError when the whole would be over Lambda's 4 KB.
    """
    given = _given(there)
    named: dict[str, list[str]] = {verdict: [] for verdict in ("added", "changed", "kept", "stale", "removed", "same")}
    for name in _names(there, wanted):
        verdict = _verdict(name, there, wanted, given)
        named["removed" if verdict == "stale" and name in remove else verdict].append(name)
    values = {name: there[name] for verdict in ("kept", "stale", "same") for name in named[verdict]}
    values |= {name: wanted[name] for verdict in ("added", "changed") for name in named[verdict]}
    ours = [name for name in values if name not in named["kept"]]
    return Merge(
        values=_sealed(values, ours),
        **named,
        overruled=[name for name in named["kept"] if name in wanted],
        unread=[name for name in named["kept"] if name not in wanted and name not in known],
        reserved=sorted(RESERVED.intersection(wanted)),
    )


def gone_back(*, there: Mapping[str, str], to: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an earlier release, `to`, with what a person set since; the origin's secrets stay.

    There is no third side here: `to` was the whole environment once. What it has that a person had set then is still
    theirs, so a name is ours where its value has the fingerprint of one environment or the other.
    Raises EdgeError when the whole would be over Lambda's 4 KB.
    """
    given = _given(there)
    values = {}
    for name in _names(there, to):
        is_set_by_hand = name in there and _fingerprint(name, there[name]) != given.get(name)
        if name in there and (name == SECRETS or (is_set_by_hand and name != RELEASE)):
            values[name] = there[name]
        elif name in to:
            values[name] = to[name]
    then = _given(to)
    marks = {name: _fingerprint(name, value) for name, value in values.items()}
    return _sealed(values, [name for name, mark in marks.items() if mark in {given.get(name), then.get(name)}])


def with_secrets(values: Mapping[str, str], *, of: Mapping[str, str]) -> dict[str, str]:
    """Return an environment as it is, but with the origin's secrets of another, where that has some.

    Whose they are stays as it is: a rotation gives new ones, and nobody else does.
    """
    if not of.get(SECRETS) or of[SECRETS] == values.get(SECRETS):
        return dict(values)
    ours = [name for name, mark in _given(values).items() if mark == _fingerprint(name, values.get(name, ""))]
    return _sealed({**values, SECRETS: of[SECRETS]}, {*ours, SECRETS})


def new_secret() -> str:
    """Return a value that nobody can guess, of 64 characters: Django's key wants 50 or more."""
    return secrets.token_urlsafe(48)


def secrets_of(values: Mapping[str, str]) -> list[str]:
    """Return the origin's secrets of an environment, the one that CloudFront sends or is to send first.

    Raises EdgeError when there is none.
    """
    found = values.get(SECRETS, "").replace(",", " ").split()
    if not found:
        raise EdgeError(f"{SECRETS} is empty: nothing would be answered. Delete it, and deploy: a new one is made.")
    return found


def check_size(values: Mapping[str, str]) -> None:
    """Raise EdgeError when an environment is over Lambda's 4 KB, with its longest names."""
    size = len(json.dumps(dict(values), separators=(",", ":"), ensure_ascii=False).encode())
    if size > MOST_BYTES:
        longest = sorted(values, key=lambda name: len(values[name].encode()), reverse=True)[:3]
        raise EdgeError(
            f"The environment has {size} bytes, and Lambda takes {MOST_BYTES}. The longest: {', '.join(longest)}. "
            "Shorten or remove some."
        )


def without_values(text: str, values: Mapping[str, str]) -> str:
    """Return what a program said, with dots for every value of an environment, however the program quoted it."""
    forms = set()
    for value in values.values():
        for each in (value, *value.replace(",", " ").split()):
            forms |= {each, repr(each)[1:-1], json.dumps(each)[1:-1]}
    for form in sorted(forms, key=len, reverse=True):
        if len(form) >= SHORTEST_HIDDEN:
            text = text.replace(form, "...")
    return text


def required(wanted: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Return the names that must be set, and that neither this deploy nor the function has a value for."""
    return [name for name in REQUIRED if not (wanted.get(name, "").strip() or there.get(name, "").strip())]


def shown() -> dict[str, str]:
    """Return what `.env.example` shows: every variable that the code reads, with its default."""
    return dict(_SHOWN.findall((Path(settings.BASE_DIR) / ".env.example").read_text()))


def known_names() -> frozenset[str]:
    """Return every variable that the code reads."""
    return frozenset(shown())


def read_file(path: Path) -> dict[str, str]:
    """Return the variables of a file that a shell could load too: NAME=value, quotes, comments, `export`.

    Nothing is put in for a `$`: where a shell would do so, the line is refused, as both must read the same.
    Raises EdgeError with the number of the line, and with nothing else of it than the name.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EdgeError(f"There is no {path}. Write it: a line NAME=value for each variable of .env.example.") from None
    except UnicodeDecodeError:
        # The original would show what is in the file.
        raise EdgeError(f"{path} is not UTF-8. Save it as UTF-8.") from None
    read: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, value = _read_line(line, f"{path}, line {number}")
        if name in read:
            raise EdgeError(f"{path}, line {number}: {name} is set a second time. Leave one of the two.")
        read[name] = value
    return read


def _names(*environments: Mapping[str, str]) -> list[str]:
    """Return the names of all, in order, but for those that are Lambda's or tell of the others."""
    return sorted(set().union(*environments) - RESERVED - {GIVEN})


def _verdict(name: str, there: Mapping[str, str], wanted: Mapping[str, str], given: Mapping[str, str]) -> str:
    if name not in there:
        return "added"
    if there[name] == wanted.get(name):
        return "same"
    if name in wanted and name == RELEASE:
        return "changed"
    if _fingerprint(name, there[name]) != given.get(name):
        return "kept"
    return "changed" if name in wanted else "stale"


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the fingerprint of what each name was given last."""
    return dict(re.findall(r"(\w+)=(\w+)", environment.get(GIVEN, "")))


def _sealed(values: Mapping[str, str], ours: Iterable[str]) -> dict[str, str]:
    """Return an environment with the fingerprints of what in it is ours. Raises EdgeError when it is too large."""
    marks = " ".join(f"{name}={_fingerprint(name, values[name])}" for name in sorted(ours))
    sealed = {**values, GIVEN: marks}
    check_size(sealed)
    return sealed


def _fingerprint(name: str, value: str) -> str:
    return hashlib.sha256(f"{name}={value}".encode(errors="surrogatepass")).hexdigest()[:FINGERPRINT]


def _read_line(line: str, where: str) -> tuple[str, str]:
    found = _LINE.fullmatch(line.rstrip("\r"))
    if not found:
        raise EdgeError(f"{where}: this is not NAME=value.")
    if not _NAME.fullmatch(found["name"]):
        # What stands there may be half of a value.
        raise EdgeError(f"{where}: a name has letters, digits and _, begins with a letter, and is longer than one.")
    return found["name"], _read_value(found["rest"], f"{where}: {found['name']}")


def _read_value(rest: str, where: str) -> str:
    """Return what a shell takes the rest of a line for. Raises EdgeError where it would act on a part of it."""
    value, at = "", 0
    while piece := _PIECE.match(rest, at):
        value += piece["single"] if piece["single"] is not None else _unescaped(piece)
        at = piece.end()
    after = rest[at:]
    if after.strip() and not re.match(r"\s+#", after):
        raise EdgeError(f"{where} has an open quote, a space, a $ or what else a shell acts on. Use 'single quotes'.")
    if "\0" in value:
        raise EdgeError(f"{where} has a zero byte.")
    return value


def _unescaped(piece: re.Match[str]) -> str:
    if piece["double"] is not None:
        return re.sub(r'\\(["\\$`])', r"\1", piece["double"])
    return re.sub(r"\\(.)", r"\1", piece["bare"])
