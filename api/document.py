"""The OpenAPI 3.1 document, made of the endpoints and their models."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.door import BYTES
from api.endpoint import ENDPOINTS, Endpoint
from api.problem import TYPE, Problem
from core.kernel.words import words

BASE = "/api/v1"
VERSION = "1.0.0"
REF = "#/components/schemas/{model}"
TAGS = ("orders", "files", "events", "customers", "sites", "assets", "me")
ID = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
TAG = {"type": "string", "maxLength": 200}
BINARY = {BYTES: {"schema": {"type": "string", "format": "binary"}}}


@cache
def document(locale: str) -> dict[str, Any]:
    """Plain JSON, in the caller's language."""
    t = words("api", locale)
    paths: dict[str, dict[str, Any]] = {}
    for one in ENDPOINTS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, locale)
    return {
        "openapi": "3.1.0",
        "info": {"title": t.text("title"), "version": VERSION, "description": t.text("about")},
        "servers": [{"url": BASE}],
        "security": [{"token": []}],
        "tags": [{"name": tag, "description": t.text(f"tag.{tag}")} for tag in TAGS],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": t.text("auth")}},
            "schemas": _schemas(),
        },
    }


def tag_of(one: Endpoint) -> str:
    return one.path.split("/")[1]


def _schemas() -> dict[str, Any]:
    wanted: list[tuple[type[BaseModel], Any]] = [(Problem, "serialization")]
    for one in ENDPOINTS:
        wanted += [(one.body, "validation")] if one.body else []
        wanted += [(one.answer, "serialization")] if one.answer else []
    _, found = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _operation(one: Endpoint, locale: str) -> dict[str, Any]:
    t = words("api", locale)
    about = [t.text(f"op.{one.name}")]
    if one.scope:
        about.append(t.text("scope", scope=one.scope))
    found: dict[str, Any] = {
        "operationId": one.name,
        "tags": [tag_of(one)],
        "summary": t.text(f"op.{one.name}"),
        "description": "\n\n".join(about),
        "parameters": _parameters(one, locale),
        "responses": _responses(one, locale),
    }
    if one.scope:
        found["x-scope"] = one.scope
    if one.body is not None:
        content = {"application/json": {"schema": {"$ref": REF.format(model=one.body.__name__)}}}
        found["requestBody"] = {"required": True, "content": content}
    elif one.raw:
        found["requestBody"] = {
            "required": True,
            "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
        }
    return found


def _parameters(one: Endpoint, locale: str) -> list[dict[str, Any]]:
    t = words("api", locale)
    found = [{"name": name, "in": "path", "required": True, "schema": ID} for name in re.findall(r"{(\w+)}", one.path)]
    if one.query is not None:
        schema = one.query.model_json_schema(mode="validation")
        for name, value in schema["properties"].items():
            found.append({"name": name, "in": "query", "required": False, "schema": _not_null(value)})
    if one.writes or one.raw:
        found.append(_header("Idempotency-Key", {"type": "string", "pattern": "^[!-~]{1,255}$"}, t.text("header.key")))
    if one.guarded:
        found.append({**_header("If-Match", TAG, t.text("header.match")), "required": True})
    if one.tagged:
        found.append(_header("If-None-Match", TAG, t.text("header.none_match")))
    return found


def _header(name: str, schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": about}


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is given or left out; it can't be null."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title", "default")}
    if len(kinds) == 1:
        return {**kinds[0], **rest}
    return {**rest, "anyOf": kinds} if kinds else {n: v for n, v in schema.items() if n != "title"}


def _responses(one: Endpoint, locale: str) -> dict[str, Any]:
    t = words("api", locale)
    content: dict[str, Any] = BINARY
    if one.answer is not None and not one.binary:
        content = {"application/json": {"schema": {"$ref": REF.format(model=one.answer.__name__)}}}
    found: dict[str, Any] = {str(one.status): {"description": t.text(f"status.{one.status}"), "content": content}}
    if one.tagged:
        found["304"] = {"description": t.text("status.304")}
    if one.tagged or one.guarded:
        found[str(one.status)]["headers"] = {"ETag": {"schema": {"type": "string"}, "required": True}}
    problem = {TYPE: {"schema": {"$ref": REF.format(model="Problem")}}}
    for status in one.statuses:
        found[str(status)] = {"description": t.text(f"status.{status}"), "content": problem}
    return found
