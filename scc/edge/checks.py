"""System checks: every path of the URLconf is served by the behaviour that it needs.

They judge the template, as it was written or edited by hand. A deployed package has none, and so nothing to judge.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks

from scc.edge.errors import EdgeError

if TYPE_CHECKING:
    from scc.edge.routes import Behaviour

TAG = "edge"

_WRITE = "Run `manage.py routes --write`, look at the difference, and commit it."


@checks.register(TAG)
def behaviours(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """No path falls through to S3, each gets the cache that its view wants, and the template is as it is generated."""
    if not Path(settings.BASE_DIR, "infra", "template.yaml").exists():
        return []
    # Not at import: a function has neither a template nor what reads it, and starts cold.
    from scc.edge import routes, template

    try:
        text = template.path().read_text()
        written = template.behaviours_of(template.load(text))
        is_generated = template.render(text, routes.behaviours()) == text
    except EdgeError as exc:
        return [checks.Error(str(exc), hint="Mend infra/template.yaml.", id="edge.E004")]
    return _judge(written) + ([] if is_generated else [_other_than_generated()])


def _judge(written: list[Behaviour]) -> list[checks.CheckMessage]:
    from scc.edge import routes

    return [
        checks.Error(sentence, hint=hint, id=number)
        for number, sentences, hint in (
            ("edge.E001", routes.unserved(written), f"Begin the path with a word of its own. {_WRITE}"),
            ("edge.E002", routes.shadowed(written), f"The first that matches is taken. {_WRITE}"),
            ("edge.E003", routes.too_many(written), "Gather paths under one first segment, or ask AWS for more."),
        )
        for sentence in sentences
    ]


def _other_than_generated() -> checks.CheckMessage:
    return checks.Error(
        "The behaviours in infra/template.yaml are not those that the URLconf needs.", hint=_WRITE, id="edge.E004"
    )
