"""As much of JSON Schema as the API's description uses."""

from __future__ import annotations

import re
from typing import Any

from payments import openapi

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def faults_of(value: Any, name: str) -> list[str]:
    """Return where `value` is not as the schema `name` of the description says."""
    document = openapi.document()
    return list(_faults(value, {"$ref": f"#/components/schemas/{name}"}, document, name))


def _faults(value: Any, schema: dict[str, Any], document: dict[str, Any], place: str) -> list[str]:
    if "$ref" in schema:
        return _faults(value, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, place)
    if "oneOf" in schema:
        fitting = [each for each in schema["oneOf"] if not _faults(value, each, document, place)]
        return [] if len(fitting) == 1 else [f"{place}: fits {len(fitting)} of its schemas"]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{place}: {value!r} is none of {schema['enum']}"]
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    types = tuple(each for name in named for each in TYPES[name])
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return [f"{place}: {value!r} is no {' or '.join(named)}"]
    return _inside(value, schema, document, place)


def _inside(value: Any, schema: dict[str, Any], document: dict[str, Any], place: str) -> list[str]:
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{place}: {value!r} is not like {schema['pattern']}"]
    if isinstance(value, list):
        return [fault for each in value for fault in _faults(each, schema["items"], document, f"{place}[]")]
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        missing = [f"{place}: lacks {name}" for name in schema["required"] if name not in value]
        more = [f"{place}: has {name}" for name in value if name not in known]
        inner = [
            fault for name in value if name in known for fault in _faults(value[name], known[name], document, name)
        ]
        return missing + more + inner
    return []
