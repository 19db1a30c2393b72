"""Runs ministack in the emulator's own process, saves what changed every few seconds, and ends with its parent.

    python launcher.py LISTENING_FD LOCK_FD SAVE_SECONDS

ministack saves only at a clean stop. Between, a fork of this process does it: the fork sees memory as it was at one
moment, so that a save holds whole requests (ministack answers each without giving way to another) and holds up none.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from ministack import app as ministack
from ministack.core import hypercorn_compat, persistence

READS = (b"Get", b"Query", b"Scan", b"BatchGet", b"TransactGet", b"Describe", b"List")


class Counted:
    """ministack, and how many requests it has answered that may have changed something."""

    def __init__(self) -> None:
        self.changes = 0

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            await ministack.app(scope, receive, send)
        finally:
            # Counted when it is over: a save in the midst of it must not pass for one of the whole.
            if may_change(scope):
                self.changes += 1


def may_change(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    target = dict(scope["headers"]).get(b"x-amz-target", b"").rpartition(b".")[2]
    return not target.startswith(READS) if target else scope["method"] not in {"GET", "HEAD"}


async def main(listening: int, lock: int, save_seconds: float) -> None:
    """Serve until SIGTERM comes or the parent's end of standard input closes."""
    hypercorn_compat.install()
    config = Config()
    config.bind = [f"fd://{listening}"]
    config.keep_alive_timeout = 75
    # Idle connections are not waited for; the save at the end is, whatever it takes.
    config.graceful_timeout = 1
    config.shutdown_timeout = 3600
    config.loglevel = "WARNING"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)

    def parent_ended() -> None:
        # Nothing is ever written to the pipe: what can be read of it is its end.
        loop.remove_reader(0)
        stop.set()

    loop.add_reader(0, parent_ended)
    app = Counted()
    saver = asyncio.create_task(save_changes(app, stop, lock, save_seconds))

    async def stopped_and_saved() -> None:
        await stop.wait()
        # ministack's own last save writes the same files.
        await saver

    await serve(app, config, shutdown_trigger=stopped_and_saved, mode="asgi")


async def save_changes(app: Counted, stop: asyncio.Event, lock: int, seconds: float) -> None:
    if not persistence.PERSIST_STATE:
        return
    saved = 0
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            changes = app.changes
            if changes != saved and await save_in_fork(lock):
                saved = changes


async def save_in_fork(lock: int) -> bool:
    """Save all state as it is at this moment. Returns whether that worked."""
    tables = sys.modules.get("ministack.services.dynamodb")
    # All requests are answered on this thread; the thread that expires items holds this lock.
    with tables._lock if tables else nullcontext():
        child = os.fork()
    if child == 0:
        end_fork(lock)
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    return status == 0


def end_fork(lock: int) -> NoReturn:
    """Save, and leave without running anything else of the server that this is a copy of."""
    code = 1
    try:
        # The port must be free when the server is killed during a save; the lock must not.
        os.closerange(3, lock)
        os.closerange(lock + 1, os.sysconf("SC_OPEN_MAX"))
        save(Path(persistence.STATE_DIR))
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def save(folder: Path) -> None:
    """Write every service's state, then put the files in place. Raises RuntimeError when one could not be written."""
    # ministack's own function writes where this constant says, and logs what goes wrong.
    wanted = ministack._build_persistence_save_dict()
    with tempfile.TemporaryDirectory(prefix="save-", dir=folder) as name:
        persistence.STATE_DIR = name
        persistence.save_all(wanted)
        written = sorted(Path(name).glob("*.json"))
        if "dynamodb" in wanted and Path(name, "dynamodb.json") not in written:
            raise RuntimeError("the tables could not be saved")
        for file in written:
            with file.open("rb") as saved:
                # Else a machine that stops may find the name in place and the file empty.
                os.fsync(saved.fileno())
        for file in written:
            file.replace(folder / file.name)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
