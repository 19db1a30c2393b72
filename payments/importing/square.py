"""square"""

from __future__ import annotations

from scc.imports.kinds import Preset

PRESET = Preset(name="square", label="square", columns={})
