"""Whether two checkouts write the same bytes: every CSV of the results, the long results and the laid-out tables.

Run `python bench/same_bytes.py OTHER_CHECKOUT [--simulated 50] [--real FILE ...]`. Both grade and summarise the sample study, its
twin, files that are named and simulated studies; what differs is listed, file by file. Rows of the long results are compared
whatever their order. The time of the run, the lists of hashes, the program's version and the hash of the grading tables are left
out, and files that only one of the two writes are named but do not count.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
STAMPS = re.compile(
    rb"(SHA-256 )?\b[0-9a-f]{12}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+\d:]*|senl-ae \d+\.\d+\.\d+"
)
COMPARED = (".csv", ".json", ".html", ".rtf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--simulated", type=int, default=50)
    parser.add_argument("--real", type=Path, nargs="*", default=[])
    asked = parser.parse_args()
    differ, compared = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, files in studies(Path(scratch), asked.simulated, asked.real):
            one, other = (
                results(checkout, files, Path(scratch) / side / name)
                for checkout, side in ((HERE, "this"), (asked.other.resolve(), "other"))
            )
            for path in sorted(one.keys() & other.keys()):
                compared += 1
                if one[path] != other[path]:
                    differ.append(f"{name}/{path}")
            for path in sorted(one.keys() ^ other.keys()):
                print(f"{name}/{path}: only in {'this' if path in one else 'the other'} checkout")
    print(f"{compared} files compared, {len(differ)} differ")
    print("\n".join(differ[:40]))
    sys.exit(bool(differ))


def studies(scratch: Path, simulated: int, real: Sequence[Path]) -> Iterator[tuple[str, list[Path]]]:
    """Name and files of each study."""
    for path in (HERE / "sample_data" / "study_en.xlsx", HERE / "sample_data" / "study_zh.xlsx", *real):
        yield path.stem, [path]
    for seed in range(1, simulated + 1):
        path = scratch / f"simulated_{seed}.xlsx"
        senl_ae(
            HERE,
            "simulate",
            path,
            "--subjects",
            6 + seed % 7,
            "--seed",
            seed,
            "--rows",
            20,
            *(["--labs"] if seed % 2 else []),
        )
        yield path.stem, [path]


def results(checkout: Path, files: Sequence[Path], folder: Path) -> dict[str, bytes]:
    """What a checkout writes for a study: file name -> its bytes without what tells one run from another."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    senl_ae(checkout, "grade", *files, "--out", folder, "--no-workbook", "--quiet")
    for source in ("both", "derived") if (folder / "events.csv").exists() else ("derived",):
        out = folder.parent / f"{folder.name}-tables-{source}"
        senl_ae(
            checkout,
            "summarize",
            folder,
            "--by",
            "dose",
            "--by",
            "sex",
            "--source",
            source,
            "--format",
            "csv,json,html,rtf",
            "--out",
            out,
            "--quiet",
        )
    found = [
        p
        for root in folder.parent.glob(f"{folder.name}*")
        for p in root.rglob("*")
        if p.suffix in COMPARED and p.name not in ("run.json", "manifest.json")
    ]
    return {p.relative_to(folder.parent).as_posix(): _compared(p) for p in found}


def _compared(path: Path) -> bytes:
    content = STAMPS.sub(b"", path.read_bytes())
    return b"\n".join(sorted(content.replace(b",\n", b"\n").split(b"\n"))) if path.stem == "long" else content


def senl_ae(checkout: Path, *words: object) -> None:
    env = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        [sys.executable, "-m", "senl_ae", *map(str, words)],
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=checkout,
    )


if __name__ == "__main__":
    main()
