"""The project served as it is deployed: pages compressed, static files compressed and under names that hold a hash."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_YEAR = 31_536_000


@contextmanager
def served() -> Iterator[str]:
    """Give the address of a server over the table that the settings name. Django is set up."""
    from django.conf import settings
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.test import override_settings
    from whitenoise import WhiteNoise
    from whitenoise.compress import Compressor

    from scc.edge import statics

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with tempfile.TemporaryDirectory(prefix="scc-static-") as name:
        folder = Path(name)
        statics.collect(folder)
        compressor = Compressor(quiet=True)
        for path in [path for path in folder.rglob("*") if path.is_file() and compressor.should_compress(path.name)]:
            list(compressor.compress(str(path)))
        hashed = {"BACKEND": "scc.edge.statics.Storage", "OPTIONS": {"location": folder, "base_url": "/static/"}}
        with override_settings(STORAGES={**settings.STORAGES, "staticfiles": hashed}):
            server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
            server.set_app(WhiteNoise(get_wsgi_application(), root=folder, prefix="/static/", max_age=_YEAR))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()
                server.server_close()
