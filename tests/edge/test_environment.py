from __future__ import annotations

import random
import string
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, rule

from scc.edge.environment import (
    GIVEN,
    MOST_BYTES,
    RELEASE,
    REQUIRED,
    RESERVED,
    SECRETS,
    gone_back,
    known_names,
    merge,
    read_file,
    required,
    secrets_of,
    with_secrets,
)
from scc.edge.errors import EdgeError

KNOWN = frozenset({"SCC_OPERATOR", "SCC_CURRENCY", "SCC_TIME_ZONE"})


def given(**values: str) -> dict[str, str]:
    """Return the environment after a deploy that gave these."""
    return merge(there={}, wanted=values, known=KNOWN).values


def plain(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name != GIVEN}


def test_merge_adds_what_is_new() -> None:
    merged = merge(there={}, wanted={"SCC_OPERATOR": "Alice"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Alice"}
    assert merged.added == ["SCC_OPERATOR"]


def test_merge_changes_what_it_gave_before() -> None:
    there = given(SCC_OPERATOR="Alice", SCC_CURRENCY="USD")

    merged = merge(there=there, wanted={"SCC_OPERATOR": "Bob", "SCC_CURRENCY": "USD"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Bob", "SCC_CURRENCY": "USD"}
    assert (merged.changed, merged.same) == (["SCC_OPERATOR"], ["SCC_CURRENCY"])


def test_merge_keeps_what_was_changed_by_hand() -> None:
    there = given(SCC_OPERATOR="Alice") | {"SCC_OPERATOR": "by hand"}

    merged = merge(there=there, wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "by hand"}
    assert (merged.kept, merged.overruled) == (["SCC_OPERATOR"], ["SCC_OPERATOR"])


def test_merge_keeps_what_was_set_by_hand() -> None:
    there = given(SCC_OPERATOR="Alice") | {"SCC_CURRENCY": "EUR", "SCC_OLD_TOOL": "on"}

    merged = merge(there=there, wanted={"SCC_OPERATOR": "Alice"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Alice", "SCC_CURRENCY": "EUR", "SCC_OLD_TOOL": "on"}
    assert (merged.kept, merged.unread) == (["SCC_CURRENCY", "SCC_OLD_TOOL"], ["SCC_OLD_TOOL"])


def test_merge_keeps_what_stood_there_before_the_first_deploy() -> None:
    merged = merge(there={"SCC_OPERATOR": "Alice"}, wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Alice"}


def test_merge_takes_over_what_hand_and_deploy_agree_on() -> None:
    there = given(SCC_OPERATOR="Alice") | {"SCC_OPERATOR": "by hand"}
    agreed = merge(there=there, wanted={"SCC_OPERATOR": "by hand"}, known=KNOWN)

    merged = merge(there=agreed.values, wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Bob"}


def test_merge_shows_what_is_stale_until_it_is_to_go() -> None:
    there = given(SCC_OPERATOR="Alice", SCC_CURRENCY="USD")

    once = merge(there=there, wanted={"SCC_OPERATOR": "Alice"}, known=KNOWN)
    twice = merge(there=once.values, wanted={"SCC_OPERATOR": "Alice"}, known=KNOWN)
    gone = merge(there=twice.values, wanted={"SCC_OPERATOR": "Alice"}, known=KNOWN, remove=twice.stale)

    assert (once.stale, twice.stale, gone.stale) == (["SCC_CURRENCY"], ["SCC_CURRENCY"], [])
    assert (plain(twice.values), plain(gone.values)) == (plain(there), {"SCC_OPERATOR": "Alice"})
    assert gone.removed == ["SCC_CURRENCY"]


def test_merge_removes_nothing_that_was_set_by_hand() -> None:
    there = given(SCC_OPERATOR="Alice", SCC_CURRENCY="USD") | {"SCC_CURRENCY": "EUR", "SCC_OLD_TOOL": "on"}

    merged = merge(there=there, wanted={}, known=KNOWN, remove=[*there, "SCC_NOT_THERE"])

    assert plain(merged.values) == {"SCC_CURRENCY": "EUR", "SCC_OLD_TOOL": "on"}
    assert merged.removed == ["SCC_OPERATOR"]


def test_merge_knows_its_own_value_after_an_interruption() -> None:
    # The environment was written, and nothing after it.
    there = merge(there=given(SCC_OPERATOR="Alice"), wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN).values

    merged = merge(there=there, wanted={"SCC_OPERATOR": "Charlie"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Charlie"}


def test_merge_keeps_an_older_value_that_was_put_back_by_hand() -> None:
    there = merge(there=given(SCC_OPERATOR="Alice"), wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN).values

    merged = merge(there=there | {"SCC_OPERATOR": "Alice"}, wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN)

    assert plain(merged.values) == {"SCC_OPERATOR": "Alice"}


def test_merge_always_gives_the_release() -> None:
    merged = merge(there={RELEASE: "another"}, wanted={RELEASE: "this"}, known=KNOWN)

    assert merged.values[RELEASE] == "this"


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_merge_sends_nothing_of_lambdas_own(name: str) -> None:
    merged = merge(there={}, wanted={name: "x"}, known=KNOWN)

    assert plain(merged.values) == {}
    assert merged.reserved == [name]


def test_merge_refuses_more_than_lambda_takes() -> None:
    room = MOST_BYTES - len('{"SCC_NOTE":"","SCC_GIVEN":"SCC_NOTE=123456789012"}')

    merge(there={}, wanted={"SCC_NOTE": "s" * room}, known=KNOWN)
    with pytest.raises(EdgeError, match=r"has 4097 bytes, .* SCC_NOTE") as caught:
        merge(there={}, wanted={"SCC_NOTE": "s" * (room + 1)}, known=KNOWN)

    assert "sss" not in str(caught.value)


def test_merge_measures_bytes() -> None:
    with pytest.raises(EdgeError):
        merge(there={}, wanted={"SCC_NOTE": "ö" * 2100}, known=KNOWN)


def test_lines_say_what_becomes_of_each_name() -> None:
    there = given(SCC_A="a", SCC_B="b", SCC_C="c", SCC_D="d", SCC_E="e") | {
        "SCC_C": "hand",
        "SCC_CURRENCY": "EUR",
        "SCC_OLD_TOOL": "on",
    }
    wanted = {"SCC_A": "a", "SCC_B": "other", "SCC_C": "c", "SCC_F": "f", "AWS_REGION": "eu-west-1"}

    lines = merge(there=there, wanted=wanted, known=KNOWN, remove=["SCC_E"]).lines()

    assert lines == [
        "added: SCC_F",
        "changed: SCC_B",
        "same: SCC_A",
        "kept, set by hand: SCC_CURRENCY",
        "kept, set by hand: SCC_C; this deploy's value is not taken: delete the hand-set one for it",
        "kept, set by hand: SCC_OLD_TOOL; read by no code",
        "stale, given no more: SCC_D",
        "removed: SCC_E",
        "not sent, Lambda's own: AWS_REGION",
    ]


def test_a_merge_shows_no_value() -> None:
    merged = merge(there={"SCC_HAND": "s3cret-1"}, wanted={"SCC_GIVEN_ONE": "s3cret-2"}, known=KNOWN)

    assert "s3cret" not in f"{merged!r} {merged} {merged.lines()}"


def test_twenty_merges_lose_nothing_that_was_set_by_hand() -> None:
    chance = random.Random(20)  # noqa: S311
    there: dict[str, str] = {}
    hand: dict[str, str] = {}
    seen: set[str] = set()
    for number in range(20):
        wanted = {f"SCC_{letter}": f"deploy-{chance.randrange(3)}" for letter in chance.sample(string.ascii_letters, 9)}
        merged = merge(there=there, wanted=wanted, known=KNOWN, remove=chance.sample(sorted(there), len(there) // 3))
        there = merged.values
        seen |= {name for name in ("added", "changed", "kept", "stale", "removed", "same") if getattr(merged, name)}
        assert {name: there.get(name) for name in hand} == hand
        assert {name: there[name] for name in wanted} == wanted | {
            name: hand[name] for name in wanted.keys() & hand.keys()
        }
        name = f"SCC_{chance.choice(string.ascii_letters)}"
        hand[name] = there[name] = f"hand-{number}"

    assert seen == {"added", "changed", "kept", "stale", "removed", "same"}


NAMES = strategies.sampled_from(["SCC_A", "SCC_B", "SCC_C"])
# So few that hand and deploy often mean the same, or what stood there before.
VALUES = strategies.sampled_from(["x", "y", "z", ""])


class Deploys(RuleBasedStateMachine):
    """Deploys, hands, interruptions and rollbacks in any order; `hand` and `ours` hold whose each value is."""

    def __init__(self) -> None:
        super().__init__()
        self.there: dict[str, str] = {}
        self.wanted: dict[str, str] = {}
        self.hand: dict[str, str] = {}
        self.ours: dict[str, str] = {}
        self.releases: list[tuple[dict[str, str], dict[str, str]]] = []

    @rule(name=NAMES, value=VALUES)
    def give(self, name: str, value: str) -> None:
        self.wanted[name] = value

    @rule(name=NAMES)
    def give_no_more(self, name: str) -> None:
        self.wanted.pop(name, None)

    @rule(name=NAMES, value=VALUES)
    def set_by_hand(self, name: str, value: str) -> None:
        self.there[name] = value
        self.hand.pop(name, None)
        # Set to what it was given, it cannot be told from what nobody touched, and nothing of anyone's is lost.
        if self.ours.get(name) != value:
            self.hand[name] = value

    @rule(name=NAMES)
    def delete_by_hand(self, name: str) -> None:
        self.there.pop(name, None)
        self.hand.pop(name, None)

    @rule(remove=strategies.sets(NAMES), is_interrupted=strategies.booleans())
    def deploy(self, remove: set[str], is_interrupted: bool) -> None:
        wanted = self.wanted | {RELEASE: str(len(self.releases))}
        merged = merge(there=self.there, wanted=wanted, known=KNOWN, remove=remove)
        stale = self.there.keys() - wanted.keys() - self.hand.keys() - {GIVEN, RELEASE}
        for name, value in self.hand.items():
            assert merged.values[name] == value
        assert plain(merged.values) == {name: self.there[name] for name in stale - remove} | wanted | self.hand
        assert set(merged.stale) | set(merged.removed) == stale
        if not is_interrupted:
            self.written(merged.values, {name for name in self.hand if wanted.get(name) != self.hand[name]})
            self.releases.append((self.there, self.ours))

    @rule(number=strategies.integers(min_value=0, max_value=9))
    def go_back(self, number: int) -> None:
        if number >= len(self.releases):
            return
        release, ours = self.releases[number]
        values = gone_back(there=self.there, to=release)
        for name, value in self.hand.items():
            assert values[name] == value
        assert plain(values) == plain(release) | self.hand
        # A name is a person's still, unless one release or the other gave that very value.
        self.written(values, {name for name in values if values[name] not in {ours.get(name), self.ours.get(name)}})

    def written(self, values: dict[str, str], hand: Iterable[str]) -> None:
        self.there = dict(values)
        self.hand = {name: values[name] for name in hand if name != GIVEN}
        self.ours = {name: value for name, value in plain(values).items() if name not in self.hand}


TestDeploys = Deploys.TestCase
TestDeploys.settings = settings(stateful_step_count=40, deadline=None)


def test_gone_back_keeps_what_was_set_by_hand_since() -> None:
    first = given(SCC_OPERATOR="Alice", SCC_CURRENCY="USD", SCC_NOTE="old")
    second = merge(there=first, wanted={"SCC_OPERATOR": "Bob", "SCC_CURRENCY": "EUR", "SCC_NEW": "n"}, known=KNOWN)
    there = second.values | {"SCC_CURRENCY": "by hand", "SCC_HAND": "by hand"}

    values = gone_back(there=there, to=first)

    assert plain(values) == {
        "SCC_OPERATOR": "Alice",
        "SCC_CURRENCY": "by hand",
        "SCC_NOTE": "old",
        "SCC_HAND": "by hand",
    }


def test_gone_back_leaves_a_value_its_owner() -> None:
    first = given(SCC_OPERATOR="Alice") | {"SCC_CURRENCY": "by hand"}
    second = merge(there=first, wanted={"SCC_OPERATOR": "Bob"}, known=KNOWN).values

    merged = merge(
        there=gone_back(there=second, to=first),
        wanted={"SCC_OPERATOR": "Charlie", "SCC_CURRENCY": "USD"},
        known=KNOWN,
    )

    assert plain(merged.values) == {"SCC_OPERATOR": "Charlie", "SCC_CURRENCY": "by hand"}


def test_gone_back_keeps_the_origin_s_secrets() -> None:
    first = given(**{SECRETS: "old", RELEASE: "first"})
    second = with_secrets(given(**{SECRETS: "old", RELEASE: "second"}), of={SECRETS: "new old"})

    values = gone_back(there=second, to=first)

    assert plain(values) == {SECRETS: "new old", RELEASE: "first"}


def test_with_secrets_changes_nothing_else() -> None:
    there = given(**{SECRETS: "old", "SCC_OPERATOR": "Alice"}) | {"SCC_CURRENCY": "by hand"}

    values = with_secrets(there, of={SECRETS: "new"})
    merged = merge(there=values, wanted={SECRETS: "new", "SCC_OPERATOR": "Bob", "SCC_CURRENCY": "USD"}, known=KNOWN)

    assert plain(values) == {SECRETS: "new", "SCC_OPERATOR": "Alice", "SCC_CURRENCY": "by hand"}
    assert (merged.same, merged.changed, merged.kept) == ([SECRETS], ["SCC_OPERATOR"], ["SCC_CURRENCY"])


def test_with_secrets_takes_none_for_none() -> None:
    there = given(**{SECRETS: "old"})

    assert with_secrets(there, of={}) == there


def test_secrets_of_are_in_their_order() -> None:
    assert secrets_of({SECRETS: " new,old "}) == ["new", "old"]
    with pytest.raises(EdgeError, match="nothing would be answered"):
        secrets_of({SECRETS: " "})


def test_required_are_those_that_neither_side_has() -> None:
    wanted = dict.fromkeys(REQUIRED, "x") | {"SCC_SECRET_KEY": " ", "SCC_TABLE": ""}

    assert required(wanted, {"SCC_SECRET_KEY": "x"}) == ["SCC_TABLE"]
    assert required(wanted, {"SCC_SECRET_KEY": "x", "SCC_TABLE": "x"}) == []


def test_known_names_are_those_of_the_example() -> None:
    assert {"SCC_SECRET_KEY", "ADMIN_PASS_HASH", "GMAIL_SMTP_PORT", RELEASE, SECRETS} <= known_names()


LINES = r"""
# The house
SCC_OPERATOR="Queen of San Diego"   # as on the pages
export SCC_TIME_ZONE=America/Los_Angeles
  SCC_CURRENCY=USD
ADMIN_PASS_HASH='$2b$12$abcdefghijklmnopqrstuv/wxyz.ABCDEFGHIJKLMNOPQRSTUVWXY01'
SCC_EMPTY=
SCC_ALSO_EMPTY="" # nothing
SCC_HASH=a#b
SCC_QUOTE='it'\''s'"  \"here\" \$5 \\ \n"
SCC_JOINED='a'#"b"c
SCC_ESCAPED=two\ words
SCC_UMLAUT="Käpt'n"
SCC_SITE_URL=https://crew.example.com/?a=b,c:d%20@!*
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env.production"


def test_read_file_reads_what_a_shell_would(file: Path) -> None:
    file.write_text(LINES)
    shell = subprocess.run(
        ["sh", "-c", f"set -a; . {file}; exec env -0"], env={}, capture_output=True, text=True, check=True
    )

    read = read_file(file)

    told = dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)
    assert read == {name: told[name] for name in read}
    assert read["ADMIN_PASS_HASH"].startswith("$2b$12$abc")
    assert len(read) == 12


def test_read_file_takes_other_line_ends_and_a_mark_at_the_start(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfSCC_OPERATOR='Alice'\r\nSCC_CURRENCY=USD\r\n")

    assert read_file(file) == {"SCC_OPERATOR": "Alice", "SCC_CURRENCY": "USD"}


@pytest.mark.parametrize(
    "line",
    [
        "s3cret",
        "SCC_A s3cret",
        "SCC_A=two s3cret",
        "SCC_A=$s3cret",
        'SCC_A="$s3cret"',
        'SCC_A="`s3cret`"',
        "SCC_A=`s3cret`",
        "SCC_A='s3cret",
        'SCC_A="s3cret',
        "SCC_A=s3cret\\",
        "SCC_A=s3cret;id",
        "SCC_A=~s3cret",
        "SCC_A=s3cret\0",
        "s3cret-key=1",
        "1SCC=s3cret",
        "S=s3cret",
        "SCC_A= s3cret",
        "SCC_OPERATOR=s3cret",
    ],
)
def test_read_file_refuses_with_the_line_and_without_the_value(file: Path, line: str) -> None:
    file.write_text(f"SCC_OPERATOR=Alice\n\n{line}\n")

    with pytest.raises(EdgeError, match="line 3") as caught:
        read_file(file)

    assert "s3cret" not in str(caught.value)


def test_read_file_says_what_to_do_when_there_is_none(file: Path) -> None:
    with pytest.raises(EdgeError, match="Write it"):
        read_file(file)


def test_read_file_shows_nothing_of_a_file_that_is_not_text(file: Path) -> None:
    file.write_bytes(b"SCC_A=s3cret\xff")

    with pytest.raises(EdgeError, match="UTF-8") as caught:
        read_file(file)

    assert caught.value.__suppress_context__
