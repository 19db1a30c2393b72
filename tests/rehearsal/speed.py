"""Cold and warm requests of ours, beside a bare Django function's of the same package hook, in the same run."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scc.edge import package, web
from scc.edge.contents import FILES, WEB
from scc.edge.wheels import Target
from tests.rehearsal.ground import STAGE, Failed, Ground

OURS, BARE_NAME = f"scc-{STAGE}", "bare"
BARE = Path(__file__).with_name("bare")
MOST_COLD, MOST_WARM = 1.5, 2.0
COLD, WARM = 3, 60
# A zip file of nothing.
EMPTY = b"PK\x05\x06" + bytes(18)


@dataclass(frozen=True)
class Asked:
    """A function and how to ask it."""

    name: str
    url: str
    headers: Mapping[str, str]
    marker: str
    package: bytes

    def once(self) -> float:
        """Return the seconds that one answer took. Raises Failed when it is not the page."""
        started = time.perf_counter()
        answer = web.ask(self.url, headers=self.headers)
        seconds = time.perf_counter() - started
        if answer.status != 200 or self.marker not in answer.text:
            raise Failed(f"{self.url} answered {answer.status}: {answer.text[:200]}")
        return seconds


@dataclass(frozen=True)
class Figures:
    """Medians in seconds, ours beside the floor of the same run."""

    cold: float
    cold_floor: float
    warm: float
    warm_floor: float

    def lines(self) -> list[str]:
        return [
            compared("cold", self.cold, self.cold_floor, MOST_COLD),
            compared("warm", self.warm, self.warm_floor, MOST_WARM),
        ]


def compared(what: str, ours: float, floor: float, most: float) -> str:
    """Return one line of both medians, in milliseconds, and their ratio."""
    times = f"waiver {ours * 1000:.1f} ms, bare {floor * 1000:.1f} ms"
    return f"{what}: {times}, ratio {ours / floor:.2f} (at most {most})"


def measure(ours: Asked, bare: Asked, *, client: Any) -> Figures:
    """Ask both in turn, so that what else the machine does falls on both."""
    cold: dict[str, list[float]] = {ours.name: [], bare.name: []}
    for _ in range(COLD):
        for asked in (bare, ours):
            # The emulator keeps what it has unpacked until a function has other code.
            client.update_function_code(FunctionName=asked.name, ZipFile=EMPTY)
            client.update_function_code(FunctionName=asked.name, ZipFile=asked.package)
            client.get_waiter("function_updated_v2").wait(FunctionName=asked.name)
            cold[asked.name].append(asked.once())
    warm: dict[str, list[float]] = {ours.name: [], bare.name: []}
    for _ in range(WARM):
        for asked in (bare, ours):
            warm[asked.name].append(asked.once())
    return Figures(
        cold=statistics.median(cold[ours.name]),
        cold_floor=statistics.median(cold[bare.name]),
        warm=statistics.median(warm[ours.name]),
        warm_floor=statistics.median(warm[bare.name]),
    )


def compare(stage: Ground) -> Figures:
    """Deploy a bare function beside ours, and measure both. Machines are noisy: the figures fail nothing."""
    client = stage.client("lambda")
    slug = add_departure(stage)
    ours = client.get_function_configuration(FunctionName=OURS)
    with tempfile.TemporaryDirectory(prefix="scc-bare-") as folder:
        target = Target.this_machine()
        made = package.build(commit=stage.commit(), target=target, folder=Path(folder), members=[WEB], tree=BARE)
        bare = made.archives[WEB].path.read_bytes()
        client.create_function(
            FunctionName=BARE_NAME,
            Code={"ZipFile": bare},
            Role=ours["Role"],
            Handler="bare.lambda_handler.web",
            **{name: ours[name] for name in ("Runtime", "MemorySize", "Timeout", "Architectures")},
        )
    client.create_function_url_config(FunctionName=BARE_NAME, AuthType="NONE")
    secret = ours["Environment"]["Variables"]["SCC_ORIGIN_SECRETS"].split(",")[0]
    waiver = f"{url_of(client, OURS)}g/{slug}/waiver"
    key = f"releases/{ours['Environment']['Variables']['SCC_RELEASE']}/{FILES[WEB]}"
    package_of_ours = stage.client("s3").get_object(Bucket=stage.outputs["DeployBucket"], Key=key)["Body"].read()
    return measure(
        Asked(OURS, waiver, {"X-Origin-Verify": secret}, 'id="typed"', package_of_ours),
        Asked(BARE_NAME, url_of(client, BARE_NAME), {}, "<h1>", bare),
        client=client,
    )


def add_departure(stage: Ground) -> str:
    """Add one departure, beyond the days of the demo season, and return its slug."""
    day = f"{datetime.now(UTC) + timedelta(days=300):%Y-%m-%d}"
    columns = "date,starts_at,ends_at,title,vessel,capacity,status,departure_port,return_port,price"
    file = stage.clone.parent / "departure.csv"
    file.write_text(f"{columns}\n{day},10:00,12:00,Morning sail,Bonita,10,scheduled,Sausalito,Sausalito,1100\n")
    stage.manage("importevents", str(file), more={"SCC_TABLE": stage.outputs["Table"]})
    return day


def url_of(client: Any, name: str) -> str:
    return str(client.get_function_url_config(FunctionName=name)["FunctionUrl"])
