"""How soon the waiver can be read and filled in on a bad signal, in Chromium with its own throttling.

    .venv/bin/python -m bench.slow

Profiles, by what Chromium is told: the time to add to each request, and bytes a second.

- Slow 3G: 400 ms and 400 kbit/s, as WebPageTest has it. The one that is judged: usable within 2 s.
- DevTools 3G, once named "Slow 3G": 2000 ms and 400 kbit/s. No first byte comes within 2 s there; for comparison.
- DevTools Slow 4G, Lighthouse's for phones: 562.5 ms and 1440 kbit/s.

Usable: the text is painted, and what is typed into the first field stands there. Signed by finger: the script is there
and the box can be drawn in. Each is timed from the navigation, with an empty cache, over a connection that is open.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import django
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from scc.emulator import Emulator

PAGE = "/g/2026-05-23/waiver"
ROUNDS = 3
MOST_MS = 2000
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Profile:
    """What Chromium adds to each request, and lets through."""

    name: str
    latency_ms: float
    kbits: int
    is_judged: bool = False


PROFILES = (
    Profile("Slow 3G (400 ms, 400 kbit/s)", 400, 400, is_judged=True),
    Profile("DevTools 3G (2000 ms, 400 kbit/s)", 2000, 400),
    Profile("DevTools Slow 4G (562.5 ms, 1440 kbit/s)", 562.5, 1440),
)

# Painted, and able to take what is typed; then able to take ink.
READ = """() => {
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  const [loaded] = performance.getEntriesByType("navigation");
  return Math.max(painted.startTime, loaded.domInteractive);
}"""


def measure(browser: Browser, address: str, profile: Profile) -> dict[str, float]:
    """Open the page once, as `profile` lets it come. Returns milliseconds, and the bytes that came."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = context.new_page()
    network = context.new_cdp_session(page)
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.send("Network.enable")
    rate = profile.kbits * 1000 / 8
    conditions = {"offline": False, "latency": profile.latency_ms, "downloadThroughput": rate, "uploadThroughput": rate}
    network.send("Network.emulateNetworkConditions", conditions)
    page.goto(f"{address}{PAGE}", wait_until="commit")
    page.fill("#name", "Ana")
    page.wait_for_selector("#methods:not([hidden])", timeout=60_000)
    found = {"usable_ms": page.evaluate(READ), "ink_ms": page.evaluate("performance.now()"), "bytes": sum(sizes)}
    context.close()
    return found


def run() -> dict[str, dict[str, float]]:
    """Measure each profile some times. Returns the median of each figure."""
    from bench.served import served
    from scc.dynamo.tables import create_table
    from tests.builders import make_event

    create_table()
    make_event()
    found: dict[str, dict[str, float]] = {}
    path = next(filter(None, map(shutil.which, CHROMIUMS)))
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=os.geteuid() != 0)
        for profile in PROFILES:
            rounds = [measure(browser, address, profile) for _ in range(ROUNDS + 1)][1:]
            found[profile.name] = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        browser.close()
    return found


def main() -> int:
    """Print the figures as a table, and as JSON where --json is asked for. 1 when the judged one takes too long."""
    with tempfile.TemporaryDirectory(prefix="scc-bench-") as folder, Emulator(folder=Path(folder), keep=False) as aws:
        os.environ |= aws.environment() | {
            "SCC_TABLE": "scc-slow",
            "DJANGO_SETTINGS_MODULE": "scc.settings",
            # Playwright keeps an event loop in this thread.
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        }
        django.setup()
        found = run()
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        Console().print(table(found))
    return 1 if too_late(found) else 0


def too_late(found: dict[str, dict[str, float]]) -> list[str]:
    """Return the judged profiles under which the page is not usable in time."""
    return [each.name for each in PROFILES if each.is_judged and found[each.name]["usable_ms"] > MOST_MS]


def table(found: dict[str, dict[str, float]]) -> Table:
    title = f"The waiver on a bad signal, median of {ROUNDS}; on Slow 3G usable within {MOST_MS} ms"
    shown = Table("Chromium's throttling", "read and fill in, ms", "draw, ms", "KB, headers too", title=title)
    for name, each in found.items():
        shown.add_row(name, f"{each['usable_ms']:.0f}", f"{each['ink_ms']:.0f}", f"{each['bytes'] / 1024:.1f}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
