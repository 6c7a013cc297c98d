"""Sources declared by a TOML file. Pure.

    [source.crm]                     # the id, which stands in the address /hooks/crm
    kind = "standardwebhooks"
    name = "Our CRM"
    active = true                    # without it: as it is; a new one is on, one that is asked by schedule is off

    [source.crm.secrets]
    whsec = "generate"               # ours, told once; or { env = "CRM_SECRET" }

    [source.crm.settings]            # of `settings.CONFIG`, those that the kind knows

    [source.crm.mapping]             # events, customer, site, urgency; and paths, as in `mapping`
    events = ["order.created"]
    paths = { words = "data.title data.text" }

A secret itself never stands in the file. What a source's settings and mapping leave out is not set.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.kernel.errors import Refusal
from core.orders.rules import LEVELS
from core.sources.mapping import FIELDS, check_mapping
from core.sources.rules import KINDS, Kind, check_config, check_id, check_name, check_needed, check_secrets
from core.sources.settings import FLAGS

GENERATE = "generate"
KEYS = ("kind", "name", "active", "secrets", "settings", "mapping")
WHOSE = ("customer", "site")
MAPPING = ("events", *WHOSE, "urgency", "paths")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class BadFile(Exception):
    """`key` is where in the file, dotted; `code` says what is wrong with it, `data` what more there is to say."""

    def __init__(self, key: str, code: str, **data: Any) -> None:
        super().__init__(f"{key}: {code} {data or ''}")
        self.key, self.code, self.data = key, code, data


@dataclass(frozen=True, slots=True)
class Declared:
    """`secrets` by name: the value, or None for one that we make."""

    id: str
    kind: str
    name: str
    active: bool | None
    secrets: Mapping[str, str | None] = field(repr=False)
    config: Mapping[str, Any]
    mapping: Mapping[str, Any]


def read(text: str, environment: Mapping[str, str]) -> list[Declared]:
    """BadFile for the first thing that is wrong."""
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadFile("", "not_toml", reason=str(error)) from error
    _known(said, ("source",), "")
    sources = _table(said.get("source"), "source")
    return [
        _source(source_id, _table(given, _at("source", source_id)), environment) for source_id, given in sources.items()
    ]


def _source(source_id: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> Declared:
    key = _at("source", source_id)
    _known(given, KEYS, key)
    try:
        check_id(source_id)
    except Refusal as refusal:
        raise BadFile(key, "bad_id") from refusal
    code = _text(given, "kind", key)
    if code not in KINDS:
        raise BadFile(f"{key}.kind", "unknown_kind", kind=code[:40], known=", ".join(sorted(KINDS)))
    try:
        name = check_name(_text(given, "name", key))
    except Refusal as refusal:
        raise BadFile(f"{key}.name", "bad_value") from refusal
    active = given.get("active")
    if active is not None and not isinstance(active, bool):
        raise BadFile(f"{key}.active", "bad_value")
    return Declared(
        source_id,
        code,
        name,
        active,
        _secrets(KINDS[code], _table(given.get("secrets", {}), f"{key}.secrets"), f"{key}.secrets", environment),
        _config(code, _table(given.get("settings", {}), f"{key}.settings"), f"{key}.settings"),
        _mapping(_table(given.get("mapping", {}), f"{key}.mapping"), f"{key}.mapping"),
    )


def _secrets(kind: Kind, given: Mapping[str, Any], key: str, environment: Mapping[str, str]) -> dict[str, str | None]:
    ours = {one.name: one.make is not None for one in kind.secrets}
    _known(given, tuple(ours), key)
    found: dict[str, str | None] = {}
    for name, value in given.items():
        if value == GENERATE:
            if not ours[name]:
                raise BadFile(f"{key}.{name}", "not_ours")
            found[name] = None
            continue
        if not isinstance(value, dict) or value.keys() != {"env"} or not isinstance(value["env"], str):
            raise BadFile(f"{key}.{name}", "secret_inside")
        if not environment.get(value["env"], "").strip():
            raise BadFile(f"{key}.{name}", "no_env", variable=value["env"])
        try:
            found |= check_secrets(kind, {name: environment[value["env"]]})
        except Refusal as refusal:
            raise BadFile(f"{key}.{name}", "bad_value") from refusal
    return found


def _config(code: str, given: Mapping[str, Any], key: str) -> dict[str, Any]:
    kind = KINDS[code]
    found: dict[str, Any] = {}
    _known(given, kind.settings, key)
    for name, value in given.items():
        is_flag = isinstance(value, bool)
        plain = isinstance(value, str | int) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        try:
            if not plain or is_flag != (name in FLAGS):
                raise Refusal("sources.bad_setting")
            found |= check_config(kind, {name: value})
        except (Refusal, AttributeError) as error:
            raise BadFile(f"{key}.{name}", "bad_value") from error
    try:
        return essence(check_needed(code, found))
    except Refusal as refusal:
        raise BadFile(f"{key}.{refusal.data['name']}", "missing") from refusal


def _mapping(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    _known(given, MAPPING, key)
    paths = _table(given.get("paths", {}), f"{key}.paths")
    _known(paths, FIELDS, f"{key}.paths")
    for name, value in paths.items():
        if not isinstance(value, str):
            raise BadFile(f"{key}.paths.{name}", "bad_value")
    events = given.get("events", [])
    if not isinstance(events, list) or not all(isinstance(one, str) for one in events):
        raise BadFile(f"{key}.events", "bad_value")
    for name in WHOSE:
        number = given.get(name, 1)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 63:
            raise BadFile(f"{key}.{name}", "bad_value")
    if given.get("urgency", LEVELS[0]) not in LEVELS:
        raise BadFile(f"{key}.urgency", "bad_value")
    whose = {f"{name}_id": given[name] for name in WHOSE if name in given}
    try:
        return check_mapping({**given, **whose, "paths": paths, "events": events})
    except Refusal as refusal:
        where = str(refusal.data.get("field", "")).replace("path.", "paths.")
        raise BadFile(f"{key}.{where}", "bad_value") from refusal


def essence(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without what means the same as nothing: a flag that is off, an empty list."""
    return {name: value for name, value in config.items() if value is not False and value != []}


def _known(given: Mapping[str, Any], known: Collection[str], key: str) -> None:
    for name in given:
        if name not in known:
            raise BadFile(_at(key, name), "unknown_key", known=", ".join(known) or "—")


def _table(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadFile(key, "missing" if value is None else "no_table")
    return value


def _text(given: Mapping[str, Any], name: str, key: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadFile(f"{key}.{name}", "missing" if value is None else "bad_value")
    return value


def _at(key: str, name: str) -> str:
    name = name if _BARE.fullmatch(name) else _quoted(name[:64])
    return f"{key}.{name}" if key else name


def written(sources: Collection[Declared]) -> str:
    """The file that declares them. A secret that only the other system knows stands there as a remark."""
    return "\n".join(line for one in sources for line in _lines(one))


def _lines(one: Declared) -> Iterator[str]:
    key, kind = _at("source", one.id), KINDS[one.kind]
    yield f"[{key}]"
    yield f"kind = {_quoted(one.kind)}"
    yield f"name = {_quoted(one.name)}"
    if one.active is not None:
        yield f"active = {_value(one.active)}"
    if kind.secrets:
        yield f"\n[{key}.secrets]"
    for secret in kind.secrets:
        variable = re.sub(r"[^A-Z0-9]", "_", f"{one.id}_{secret.name}".upper())
        theirs = secret.make is None
        yield f"# {secret.name} = {{ env = {_quoted(variable)} }}" if theirs else f"{secret.name} = {_quoted(GENERATE)}"
    if one.config:
        yield f"\n[{key}.settings]"
        yield from (f"{name} = {_value(value)}" for name, value in one.config.items())
    yield from _mapped(f"{key}.mapping", one.mapping)
    yield ""


def _mapped(key: str, mapping: Mapping[str, Any]) -> Iterator[str]:
    renamed = {name: mapping.get(f"{name}_id", mapping.get(name)) for name in MAPPING if name != "paths"}
    said = {name: value for name, value in renamed.items() if value}
    paths = {name: value for name, value in (mapping.get("paths") or {}).items() if value}
    if said:
        yield f"\n[{key}]"
        yield from (f"{name} = {_value(value)}" for name, value in said.items())
    if paths:
        yield f"\n[{key}.paths]"
        yield from (f"{name} = {_value(value)}" for name, value in paths.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return str(value) if isinstance(value, int) else _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
