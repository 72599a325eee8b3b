"""The step as a JSON Schema written by hand, for jsonschema and jsonschema-rs."""

from __future__ import annotations

from typing import Any

import jsonschema
import jsonschema_rs

from benchmarks import workload

LONG = {"type": "string", "minLength": 1, "maxLength": workload.TEXT_MAX}
PERSON = {
    "type": "object",
    "required": ["nom", "fonction"],
    "properties": {
        "nom": {"type": "string", "minLength": 1, "maxLength": 100},
        "fonction": {"enum": list(workload.JOBS)},
        "telephone": {"type": "string", "pattern": f"^{workload.PHONE}$"},
        "depuis": {"type": "string", "format": "date"},
    },
}
CHAINS = [
    [top["code"], middle["code"], low["code"]]
    for top in workload.codes()["items"]
    for middle in top["items"]
    for low in middle["items"]
]
TEXTS = [f"{one}_{text}" for one in workload.OBJECTIVES for text in workload.TEXTS]
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": [*(name for name in TEXTS if not name.endswith("evaluation")), *workload.SELECTS],
    "properties": {
        **{name: {**LONG, "minLength": 0} if name.endswith("evaluation") else LONG for name in TEXTS},
        **{name: {"type": "boolean"} for name in workload.BOXES},
        **{name: {"enum": list(codes)} for name, codes in workload.SELECTS.items()},
        "participants": {"type": "array", "minItems": 1, "maxItems": 10, "items": PERSON},
        "domaine_vise": {"enum": CHAINS},
    },
}
by_python = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
by_rust = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


def errors(validator: Any, given: dict[str, Any]) -> frozenset[str]:
    """Name the wrong fields."""
    found = set()
    for one in validator.iter_errors(given):
        path = list(getattr(one, "absolute_path", None) or one.instance_path)
        found.add(".".join(map(str, path)))
    return frozenset(found)
