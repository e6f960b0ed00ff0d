"""Grade CAR-T toxicity from a trial's spreadsheets: the grade is what the record proves."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from senl_ae.api import grade_study, read_study, summarize, write_results

__all__ = ["__version__", "grade_study", "read_study", "summarize", "write_results"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The four functions of `senl_ae.api`, imported when they are asked for: `senl-ae --help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from senl_ae import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
