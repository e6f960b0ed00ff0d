"""Whether the facts of a run, read back from run.json, have the shape that this program writes; said in words where they have not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMAT = 1
"""Goes up when a results folder can no longer be read by the version before."""

Shape = Any
"""A type, a list of one shape, or the shapes of keys: `?` at the end of a key says that it may be absent."""
FACTS: dict[str, Shape] = {
    "version?": str,
    "study?": str,
    "command?": str,
    "settings": dict,
    "scales?": [{"id": str, "syndrome": str, "version?": str, "title?": str, "drivers?": [dict]}],
    "inputs?": [{"name": str, "size?": int, "sha256?": str}],
    "input_paths?": [str],
    "grading_tables?": [{"name": str, "sha256?": str}],
    "table_folders?": [str],
    "counts?": dict,
    "assign?": dict,
    "time?": str,
    "files?": [str],
    "written?": dict,
}
WORDS = {dict: "a table", list: "a list", str: "text", int: "a whole number"}


def misshapen(run: Mapping[str, Any]) -> str | None:
    """The first thing about a run that is not as this program writes it; None when all is."""
    made_as = run.get("format", FORMAT)
    if type(made_as) is not int:
        return "format is no whole number"
    if made_as > FORMAT:
        return (
            f"results of a later version of senl-ae ({run.get('version', 'unknown')}) than this one can read"
        )
    return _wrong(run, FACTS, "") or _wrong_settings(run["settings"])


def _wrong(found: Any, shape: Shape, where: str) -> str | None:
    if isinstance(shape, type):
        is_it = isinstance(found, shape) and not (shape is int and isinstance(found, bool))
        return None if is_it else f"{where} is not {WORDS[shape]}"
    if isinstance(shape, list):
        if not isinstance(found, list):
            return f"{where} is not a list"
        problems = (_wrong(one, shape[0], f"{where}[{number}]") for number, one in enumerate(found))
        return next((problem for problem in problems if problem), None)
    if not isinstance(found, dict):
        return f"{where} is not a table"
    for name, of in shape.items():
        key, optional = name.removesuffix("?"), name.endswith("?")
        if key not in found:
            if not optional:
                return f"no {where + '.' if where else ''}{key} in it"
        elif problem := _wrong(found[key], of, f"{where}.{key}" if where else key):
            return problem
    return None


def _wrong_settings(settings: dict[str, Any]) -> str | None:
    """The first setting whose value is none; a name that this version does not know is no fault."""
    from pydantic import ValidationError

    from senl_ae.settings import Settings

    try:
        Settings.model_validate(settings)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            if problem["type"] != "extra_forbidden":
                return f"settings.{'.'.join(map(str, problem['loc']))} is no value of this setting"
    return None
