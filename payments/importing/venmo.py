"""venmo"""

from __future__ import annotations

from scc.imports.kinds import Preset

PRESET = Preset(name="venmo", label="venmo", columns={})
