"""The OpenAPI 3.1 document: made of the table of routes and the models, and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from admin.api.model import Model
from admin.api.problems import KINDS, MEDIA_TYPE, ProblemBody
from admin.api.reading import KEY_PATTERN
from admin.api.route import PREFIX, ApiRoute
from admin.api.routes import ROUTES

OPENAPI_VERSION: Final = "3.1.0"
_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"
_ABOUT: Final = (
    "What the command line and the console of proxyd do, for programs. A token acts as one person "
    "and may do what it was made for, and no more than the person's role allows. See docs/api.md."
)
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and the same request: carried out once, answered alike for a day.",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}


def document(rows: Iterable[ApiRoute] = ROUTES) -> str:
    return json.dumps(described(rows), ensure_ascii=False)


def described(rows: Iterable[ApiRoute] = ROUTES) -> dict[str, Any]:
    table = tuple(rows)
    paths: dict[str, dict[str, Any]] = {}
    for row in table:
        paths.setdefault(PREFIX + row.path, {})[row.method.lower()] = _operation(row)
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": "proxyd", "version": "1", "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": _schemas(table),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def operation_id(row: ApiRoute) -> str:
    return "_".join([row.method.lower(), *_words(row)])


def _words(row: ApiRoute) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", row.path) if word]


def _operation(row: ApiRoute) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation_id(row),
        "summary": row.says,
        "tags": [_words(row)[0]],
        "security": [{"token": [row.scope]}],
        "x-roles": sorted(row.roles),
        "parameters": [*_path_parameters(row), *_query_parameters(row)],
        "responses": _responses(row),
    }
    if row.changes:
        told["parameters"].append(_KEY)
    if row.body is not None:
        schema = {"$ref": _REF.format(model=row.body.__name__)}
        told["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
    return told


def _path_parameters(row: ApiRoute) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", row.path)
    ]


def _query_parameters(row: ApiRoute) -> list[dict[str, Any]]:
    schema = row.query.model_json_schema(ref_template=_REF)
    found = []
    for name, one in schema.get("properties", {}).items():
        about = one.pop("description", "")
        one.pop("title", None)
        told = {"name": name, "in": "query", "required": False, "schema": _without_null(one)}
        found.append({**told, "description": about} if about else told)
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is left out: there is no null in a query."""
    rest = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(rest) != 1:
        return schema
    return rest[0]  # type: ignore[no-any-return]


def _responses(row: ApiRoute) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    status = str(row.status)
    if row.lines:
        text = {"schema": {"type": "string"}}
        good["content"] = {media_type.partition(";")[0]: text for media_type in row.lines}
    elif row.answer is not None:
        schema = {"$ref": _REF.format(model=row.answer.__name__)}
        good["content"] = {_JSON: {"schema": schema}}
    else:
        status = "204"
    schema = {"$ref": _REF.format(model=ProblemBody.__name__)}
    problem = {"content": {MEDIA_TYPE: {"schema": schema}}}
    told = {
        str(number): {"description": "; ".join(words), **problem}
        for number, words in _problems(row).items()
    }
    return {status: good, **told}


def _problems(row: ApiRoute) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for number, words in KINDS.values():
        if row.changes or number != 409:
            found.setdefault(number, []).append(words)
    if row.body is None:
        found.pop(415, None)
    return found


def _schemas(rows: Iterable[ApiRoute]) -> dict[str, Any]:
    """Of bodies as they are taken, of answers as they are given, and all that these name."""
    bodies = {row.body for row in rows if row.body is not None}
    answers: set[type[Model]] = {row.answer for row in rows if row.answer is not None}
    queries = {row.query for row in rows}
    wanted: list[Any] = [(one, "validation") for one in _sorted(bodies)]
    wanted += [(one, "serialization") for one in _sorted({*answers, ProblemBody})]
    _, schema = models_json_schema(wanted, ref_template=_REF)
    found: dict[str, Any] = schema["$defs"]
    for one in _sorted(queries):
        found |= one.model_json_schema(ref_template=_REF).get("$defs", {})
    return found


def _sorted(models: Iterable[type[Model]]) -> list[type[Model]]:
    return sorted(models, key=lambda one: one.__name__)
