"""The emulated AWS that development and tests run on: ministack, as our child, on 127.0.0.1 only.

Nothing here needs Django's settings: they read the addresses that `environment` gives.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

HOST = "127.0.0.1"
LAUNCHER = Path(__file__).with_name("launcher.py")
# How long a run that was killed may still be saving what it held.
LOCK_SECONDS = 30
# A table of 100,000 items takes 2 s to load.
START_SECONDS = 120
LOG_LINES = 15


class EmulatorError(Exception):
    """The emulator is not there, for a reason that the message gives."""


class PortTaken(EmulatorError):
    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} on {HOST} is taken.")
        self.port = port


class FolderTaken(EmulatorError):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"Another run keeps its data in {folder}.")


class Emulator:
    """One ministack, from `start` to `stop`. It stops, and saves, when this process ends in any way."""

    def __init__(
        self,
        *,
        folder: Path,
        port: int = 0,
        keep: bool = True,
        save_seconds: float = 10,
        python: str = sys.executable,
        scratch: Path | None = None,
        enforce_iam: bool = False,
    ) -> None:
        """Prepare an emulator whose files are in `folder`.

        port: 0 takes a free one.
        keep: whether what is stored is there at the next start.
        save_seconds: how often what changed is saved; a SIGKILL of everything costs that much and a save's time.
        python: what it runs with. Lambda functions run with it too, and see all that is installed beside it.
        scratch: where functions are unpacked, each time that one starts cold; a folder in memory is quick.
        enforce_iam: whether a role may do only what its policy says, and a stranger nothing.
        """
        self.folder = folder.absolute()
        self.port = port
        self.keep = keep
        self.save_seconds = save_seconds
        self.python = python
        self.scratch = scratch or self.folder / "tmp"
        self.enforce_iam = enforce_iam
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "emulator.log"

    def environment(self) -> dict[str, str]:
        """Return the variables by which AWS clients find the emulator, and nothing but the emulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            # What is stored belongs to a region: another one tomorrow would find nothing.
            "AWS_REGION": "us-west-2",
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self) -> None:
        """Start it and wait until it answers. Raises FolderTaken, PortTaken, or EmulatorError with the log's end."""
        for folder in (self.folder / "state", self.folder / "s3", self.scratch):
            folder.mkdir(parents=True, exist_ok=True)
        with self._locked_folder() as lock, self._listening_socket() as listener, self.log.open("wb") as log:
            for unfinished in (self.folder / "state").glob("save-*"):
                # Of a save that was killed.
                shutil.rmtree(unfinished)
            self.port = listener.getsockname()[1]
            self._process = subprocess.Popen(
                # -P: the functions that the emulator runs see no module of this folder.
                [
                    self.python,
                    "-P",
                    str(LAUNCHER),
                    str(listener.fileno()),
                    str(lock.fileno()),
                    str(self.save_seconds),
                ],
                env=self._clean_environment(),
                cwd=self.folder,
                # The launcher stops when this pipe closes, which the kernel does even after SIGKILL.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(), lock.fileno()),
                # A Ctrl-C in the terminal is for us; we end the emulator after the server that writes to it.
                start_new_session=True,
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """End it and wait until everything is saved, however long that takes. Raises EmulatorError when it failed."""
        process, self._process = self._process, None
        if process is None:
            return
        # Nothing is ever said to it: this closes the pipe.
        process.communicate()
        if process.returncode != 0:
            raise EmulatorError(f"The emulator ended with code {process.returncode}.\n{self.log_tail()}")

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise EmulatorError("The emulator has not been started.")
        return self._process.pid

    def log_tail(self) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES:])

    def _locked_folder(self) -> IO[bytes]:
        # The emulator, and a save of its that outlives it, hold the lock; this copy is closed once they have it.
        file = (self.folder / "lock").open("wb")
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            except BlockingIOError as exc:
                if time.monotonic() > deadline:
                    file.close()
                    raise FolderTaken(self.folder) from exc
            time.sleep(0.1)

    def _listening_socket(self) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # A port left a moment ago is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, self.port))
        except OSError as exc:
            listener.close()
            raise PortTaken(self.port) from exc
        listener.listen(128)
        return listener

    def _clean_environment(self) -> dict[str, str]:
        # Lambda functions in the emulator see its whole environment, so it is given no more than it needs.
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "TMPDIR": str(self.scratch),
            "LANG": "C.UTF-8",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "AUTH": str(self.enforce_iam).lower(),
            "PERSIST_STATE": "1" if self.keep else "0",
            "STATE_DIR": str(self.folder / "state"),
            "S3_PERSIST": "1" if self.keep else "0",
            "S3_DATA_DIR": str(self.folder / "s3"),
        }

    def _wait_until_it_answers(self) -> None:
        # The socket listens already: the request waits in its queue, and fails when the emulator ends.
        connection = http.client.HTTPConnection(HOST, self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/_ministack/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as exc:
            self._abandon()
            raise EmulatorError(f"The emulator did not start.\n{self.log_tail()}") from exc
        finally:
            connection.close()

    def _abandon(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
