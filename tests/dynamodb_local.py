"""Amazon's own DynamoDB Local, as a second opinion on what the store's rules rely on.

It is stricter than ministack in some ways (empty strings, filters on keys) and older in others: no image of the row
that fails a condition, no protection, no backups. It has DynamoDB alone.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

JAR = Path(__file__).parents[1] / ".cache/dynamodb-local/package/emulator/DynamoDBLocal.jar"
# It takes 2 s on two quiet cores.
START_SECONDS = 60


class DynamoDBLocal:
    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """Return the variables by which AWS clients find it."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-west-2",
        }

    def start(self) -> None:
        """Start it and wait until it answers. Raises FileNotFoundError when it is not installed."""
        if not JAR.exists() or not shutil.which("java"):
            raise FileNotFoundError("DynamoDB Local needs Java 17 and its jar. Type: make second-engine")
        java = f"java -Djava.library.path=DynamoDBLocal_lib -jar {JAR.name} -inMemory -sharedDb -port {self.port}"
        self._process = subprocess.Popen(
            # Java does not see the end of its parent, which this shell does.
            ["sh", "-c", f"{java} & cat >/dev/null; kill $! && wait $!"],
            cwd=JAR.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"DynamoDB Local does not answer after {START_SECONDS} seconds")
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
