"""Everything on one machine: the emulated AWS, the table, a demo season, the pages, the sweeps. Ends on Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from scc import env, media
from scc.demo import sweeping
from scc.demo.loading import CAPTAIN, LOGINS, PASSWORD
from scc.dynamo.tables import create_table, delete_table
from scc.emulator import Emulator, EmulatorError, PortTaken
from scc.staff.rows import User
from scc.wsgi import Application
from waivers import publishing

HOST = "127.0.0.1"


class Server(ThreadedWSGIServer):
    """Django's own server, which also looks after the emulator."""

    # Django's ten are too few: a burst of fifty requests is reset before it is seen.
    request_queue_size = 256

    emulator: Emulator | None = None

    def service_actions(self) -> None:
        if self.emulator is not None and not self.emulator.is_running():
            raise CommandError(f"The emulated AWS has ended.\n{self.emulator.log_tail()}")


class Command(BaseCommand):
    help = "Runs everything on this machine until Ctrl-C: the emulated AWS, the table, a demo season, the pages."

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end_once)
        try:
            with ExitStack() as stack:
                server = stack.enter_context(open_server(env.number("PORT", 8000)))
                if options["verbosity"] < 2:
                    # A line for each request would bury the letters that development prints.
                    logging.getLogger("django.server").setLevel(logging.WARNING)
                if not env.text("AWS_ENDPOINT_URL"):
                    server.emulator = stack.enter_context(self.emulated_aws())
                self.prepare()
                stack.enter_context(sweeping.beside())
                self.tell(server)
                server.serve_forever()
        except KeyboardInterrupt:
            self.say("Stopped.")
        except EmulatorError as exc:
            raise CommandError(str(exc)) from exc

    def say(self, text: str) -> None:
        self.stdout.write(text)
        # A log, or a script that waits for a line, is no terminal: it would get this only at the end.
        self.stdout.flush()

    @contextmanager
    def emulated_aws(self) -> Iterator[Emulator]:
        """Run the emulator, with every AWS client of this process pointed at it."""
        port = env.number("SCC_AWS_PORT", 4566)
        emulator = Emulator(
            folder=settings.BASE_DIR / env.text("SCC_DATA", ".data"),
            port=port,
            save_seconds=env.number("SCC_SAVE_SECONDS", 10),
        )
        try:
            emulator.start()
        except PortTaken as exc:
            raise CommandError(taken(port, "SCC_AWS_PORT")) from exc
        for name in list(os.environ):
            # A profile or a session of real AWS would be asked before the emulator's keys.
            if name.startswith("AWS_") and not name.startswith("AWS_ENDPOINT_URL_"):
                del os.environ[name]
        os.environ.update(emulator.environment())
        try:
            yield emulator
        finally:
            if emulator.is_running():
                self.say("Saving.")
                emulator.stop()

    def prepare(self) -> None:
        """Make what is missing. The first time that is a demo season too."""
        media.create_bucket()
        is_first = create_table()
        publishing.publish_shipped()
        if not is_first or not env.flag("SCC_DEMO", default=True):
            return
        self.say("The first start: loading the demo season.")
        loaded = False
        try:
            call_command("demo")
            loaded = True
        finally:
            if not loaded:
                # Half a demo would pass for data: the next start is a first one again.
                delete_table()

    def tell(self, server: Server) -> None:
        site = f"http://{HOST}:{server.server_port}"
        lines = [
            "",
            "Ship Captain Crew is up.",
            f"  departures  {site}/dispatch/",
            f"  admin       {site}/admin/",
            f"  AWS         {os.environ['AWS_ENDPOINT_URL']}, table {settings.SCC_TABLE}",
            f"  log in as   {logins()}",
        ]
        self.say("\n".join([*lines, "Ctrl-C ends it; what was entered is there next time."]))


def logins() -> str:
    """Return who can log in, as far as this command made them."""
    if User.fetch(username=CAPTAIN.username) is None:
        return "nobody yet, or whom you have made: .venv/bin/python manage.py createsuperuser"
    names = ", ".join(f"{actor.username} ({role.label.lower()})" for actor, role in LOGINS)
    return f"{names}; password {PASSWORD}"


def end_once(number: int, frame: FrameType | None) -> NoReturn:
    # A second signal must not break into the save: the terminal sends one, and make passes on another.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def open_server(port: int) -> Server:
    """Return the server, listening. Raises CommandError when the port is taken."""
    try:
        server = Server((HOST, port), WSGIRequestHandler)
    except OSError as exc:
        raise CommandError(taken(port, "PORT")) from exc
    server.set_app(Application())
    return server


def taken(port: int, variable: str) -> str:
    return f"Port {port} is taken. Stop what uses it, or type: make run {variable}={port + 1}"
