"""What Zappa calls when it has made an archive of its own, as `zappa_settings.json` says.

Zappa loads this file by its path, as a module "hook", while nothing of the project can be imported yet.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def replace(zappa_cli: Any) -> None:
    """Put the commit's web package in the place of Zappa's archive: `zappa package` and `update` carry its bytes.

    Raises EdgeError when something is not committed, or the commit cannot be packaged.
    """
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scc.settings")
    from scc.edge import package, source, stages, web
    from scc.edge.contents import WEB
    from scc.edge.wheels import Target

    # It lies among our files, and is not committed.
    archive = Path(zappa_cli.zip_path)
    archive.unlink()
    stage = stages.read(zappa_cli.api_stage)
    target = Target.this_machine() if web.emulator() else Target.of(stage)
    with tempfile.TemporaryDirectory(prefix="scc-zappa-") as folder:
        commit = source.clean_commit(ROOT)
        made = package.build(commit=commit, target=target, folder=Path(folder), members=[WEB], say=print)
        shutil.copyfile(made.archives[WEB].path, archive)
