"""The sample study's own makers, for the tests of its REDCap export."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from tests.running import ROOT


def _made(module: str, name: str) -> Any:
    sys.path.insert(0, str(ROOT / "sample_data"))
    try:
        return getattr(importlib.import_module(module), name)
    finally:
        sys.path.remove(str(ROOT / "sample_data"))


in_redcap = _made("redcap", "in_redcap")
sample_study = _made("make", "sample_study")
