"""Every setting on the terminal: what is in force, what the default is, and what it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from senl_ae.settings import FILE_NAME, Settings, flat

if TYPE_CHECKING:
    from rich.console import RenderableType


def settings_view(settings: Settings) -> list[RenderableType]:
    """One line per setting, those that differ from the default in bold, and how to change one."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    now, usual = flat(settings), flat(Settings.model_validate({}))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    table.add_column("Setting", no_wrap=True)
    table.add_column("In force", overflow="fold", max_width=30)
    table.add_column("Default", overflow="fold", max_width=26)
    table.add_column("What it decides", overflow="fold")
    changed = 0
    for name, field in Settings.model_fields.items():
        differs = now[name] != usual[name]
        changed += differs
        style = "bold" if differs else ""
        default = toml(usual[name]) if differs else "same"
        table.add_row(
            Text(name, style=style),
            Text(toml(now[name]), style=style),
            Text(default, style="dim"),
            Text(field.description or ""),
        )
    return [
        table,
        Text(f"\n{changed} of {len(now)} settings differ from the default."),
        Text(
            f"To change one, write it into {FILE_NAME} beside the input or in the working folder (or name it with --config):"
        ),
        Text(
            '  safety_window_days = 28\n  carry_forward_hours = { temperature = 6 }\n  date_order = { "*" = "dmy" }'
        ),
    ]


def toml(value: Any) -> str:
    """A value as it is written in a settings file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{_key(k)} = {toml(v)}" for k, v in value.items() if v is not None) + " }"
            if value
            else "{ }"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _key(name: str) -> str:
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() else f'"{name}"'
