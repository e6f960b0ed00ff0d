"""What renderables look like on a pipe."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console


def printed(parts: Any, width: int = 100) -> str:
    """A list of renderables as plain text of this width."""
    file = io.StringIO()
    console = Console(width=width, highlight=False, no_color=True, file=file)
    for part in parts if isinstance(parts, list) else [parts]:
        console.print(part)
    return file.getvalue()


def flat(parts: Any) -> str:
    """The same as one line, so that a sentence is found wherever it was wrapped."""
    return " ".join(printed(parts, 400).split())
