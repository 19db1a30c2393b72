"""What every call of the JSON API has in common: its body, its errors, who may call, and the order of questions.

A call is judged by its method (405), who calls (401), content type (415), CSRF and right (403), size (413), body (400),
values (422), and then by the rules (404, 409, 422).
"""

from __future__ import annotations

from scc.api.bodies import read_json
from scc.api.endpoints import endpoint
from scc.api.fields import Fields
from scc.api.problems import BadRequest, answer, problem, problem_of

__all__ = ["BadRequest", "Fields", "answer", "endpoint", "problem", "problem_of", "read_json"]
