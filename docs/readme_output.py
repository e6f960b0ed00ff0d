"""Puts the real output of the commands that README.md shows into it: what stands there is what the program prints.

A fenced block that follows `<!-- output of: senl-ae ... -->` holds the standard output of that command, run in a folder with the sample
study as `vitals.xlsx`. `python docs/readme_output.py` rewrites README.md; a test compares.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"(<!-- output of: (?P<command>senl-ae [^\n]+) -->\n```text\n)(?P<output>.*?)(```)", re.DOTALL
)


def run(command: str, folder: Path) -> str:
    """The standard output of one command of the README, as it is when piped; `| head -N` is honoured."""
    words, _, cut = command.partition(" | head -")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    environment.pop("FORCE_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "senl_ae", *shlex.split(words)[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr}")
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "\n".join(lines[: int(cut)] if cut else lines).strip("\n") + "\n"


def refreshed(text: str) -> str:
    """README text with every output block as the program prints it now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copyfile(ROOT / "sample_data" / "study_en.xlsx", folder / "vitals.xlsx")
        return BLOCK.sub(lambda m: m[1] + run(m["command"], folder) + m[4], text)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(refreshed(readme.read_text(encoding="utf-8")), encoding="utf-8")
