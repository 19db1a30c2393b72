"""Releases that must not reach anyone: a view that breaks, and a behaviour that is missing."""

from __future__ import annotations

import re

from tests.rehearsal.ground import STAGE, Failed, Ground

TEMPLATE = "infra/template.yaml"
SHOW = "def _show(slug: str) -> HttpResponse:\n"
# The waiver's own behaviour and the one that would answer in its place.
WAIVERS = re.compile(r'          - PathPattern: "/g/\*[^"]*"\n(?:            .*\n)+')


def broken_view(ground: Ground) -> str:
    """Deploy a waiver page that raises. Raises Failed unless the deploy ends with everything as it was."""
    ground.replace("waivers/views.py", SHOW, f'{SHOW}    raise RuntimeError("broken on purpose")\n')
    before = live(ground)
    said = deploy(ground, code=1)
    expect(said, "FAIL  /g/*/waiver", before, live(ground))
    ground.git("reset", "-q", "--hard", "HEAD~1")
    return f"a broken view was caught in the slot; {before} stayed"


def missing_behaviour(ground: Ground) -> str:
    """Deploy a template without the waiver's behaviours: the check refuses it, and without the check the smoke test."""
    path = ground.clone / TEMPLATE
    text = path.read_text()
    path.write_text(WAIVERS.sub("", text))
    if text == path.read_text():
        raise Failed(f"{TEMPLATE} has no behaviour for {WAIVERS.pattern}")
    before = live(ground)
    expect(deploy(ground, code=1), "served by no behaviour", before, live(ground))
    said = deploy(ground, "--without-routes-check", commit=False, code=1)
    expect(said, "FAIL  /g/*/waiver", before, live(ground))
    ground.git("reset", "-q", "--hard", "HEAD~1")
    return f"a missing behaviour was refused, and without the check caught; back at {before}"


def roll_back(ground: Ground) -> str:
    """Deploy a good release more, and go back to the one before it."""
    before = live(ground)
    ground.git("commit", "-q", "--allow-empty", "-m", "Rehearse once more")
    deploy(ground, commit=False)
    after = live(ground)
    if after == before:
        raise Failed(f"{before} is still live after a deploy")
    ground.manage("rollback", STAGE)
    expect("", "", before, live(ground))
    return f"from {after} back to {before}"


def deploy(ground: Ground, *options: str, code: int = 0, commit: bool = True) -> str:
    """Commit what was changed, deploy it, and return what was said."""
    if commit:
        ground.git("commit", "-q", "-a", "-m", "Rehearse")
    return ground.manage("deploy", STAGE, "--this-machine", *options, code=code)


def live(ground: Ground) -> str:
    """Return the id of the release that visitors get."""
    (line,) = [line for line in ground.manage("releases", STAGE).splitlines() if "live" in line]
    return line.split()[0]


def expect(said: str, part: str, before: str, after: str) -> None:
    if part not in said:
        raise Failed(f"expected {part!r} in:\n{said}")
    if before != after:
        raise Failed(f"expected {before} to be live, and {after} is:\n{said}")
