"""nginx in the place of CloudFront's cache, as our child, on 127.0.0.1 only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from tests.rehearsal.cache.config import config
from tests.rehearsal.cache.distribution import Distribution

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[3]
# Where Debian has it, which is not on everybody's PATH, and where `make nginx` puts it.
PLACES = (Path("/usr/sbin/nginx"), ROOT / ".cache/nginx/usr/sbin/nginx")
CERTIFICATE = ROOT / "tests/mail/localhost.pem"
START_SECONDS = 20


class Front:
    """A cache in front of a distribution: `with Front(distribution, upstream="127.0.0.1:4566") as front`.

    `port` is for clients that speak plain HTTP and is taken for https all the same; `tls_port` is for browsers, with a
    certificate for localhost. `folder` holds its files. Each front starts empty.
    """

    def __init__(self, distribution: Distribution, *, upstream: str) -> None:
        """upstream: "host:port" that answers what is not kept, by the distribution's own host name."""
        self.distribution = distribution
        self.upstream = upstream
        self.port = self.tls_port = 0
        self.folder = Path()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start it.

        Raises FileNotFoundError when nginx is not installed, NotModelled for what it cannot do, RuntimeError with its
        log when it ends.
        """
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(TemporaryDirectory(prefix="scc-front-")))
            stack.enter_context(self._process())
            if not self._answers():
                raise RuntimeError(f"nginx does not answer.\n{self.log.read_text(errors='replace')}")
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def log(self) -> Path:
        return self.folder / "nginx.log"

    @contextmanager
    def _process(self) -> Iterator[None]:
        with (
            socket.create_server((HOST, 0)) as plain,
            socket.create_server((HOST, 0)) as tls,
            self.log.open("wb") as log,
        ):
            self.port, self.tls_port = plain.getsockname()[1], tls.getsockname()[1]
            file = self.folder / "nginx.conf"
            file.write_text(self._config())
            nginx = subprocess.Popen(
                [program(), "-p", self.folder, "-c", file, "-e", "stderr"],
                # As when it replaces itself: it takes over what listens already, so that no port is lost to others.
                env={"NGINX": f"{plain.fileno()};{tls.fileno()};"},
                pass_fds=(plain.fileno(), tls.fileno()),
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        # nginx does not see the end of its parent, which this shell does.
        kill = ["sh", "-c", f"cat >/dev/null; kill {nginx.pid} 2>/dev/null"]
        watch = subprocess.Popen(kill, stdin=subprocess.PIPE, start_new_session=True)
        try:
            yield
        finally:
            watch.communicate()
            nginx.wait()

    def _config(self) -> str:
        return config(
            self.distribution,
            upstream=self.upstream,
            folder=self.folder,
            port=self.port,
            tls_port=self.tls_port,
            certificate=CERTIFICATE,
        )

    def _answers(self) -> bool:
        # Not a request: nginx itself refuses it. The connection waits until nginx is up, and breaks when it ends.
        try:
            with socket.create_connection((HOST, self.port), timeout=START_SECONDS) as probe:
                probe.sendall(b"-\r\n\r\n")
                return bool(probe.recv(1))
        except OSError:
            return False


def program() -> str:
    """Return the path of nginx. Raises FileNotFoundError when there is none."""
    here = [shutil.which("nginx"), *(str(place) for place in PLACES if os.access(place, os.X_OK))]
    found = next(filter(None, here), None)
    if found is None:
        raise FileNotFoundError("There is no nginx here. Type: make nginx")
    return found
