"""How long whole runs of the program take, against bare reads of the same file in the same run: `python bench/bench.py`.

Every figure is the median of whole processes, started by turns so that a slow minute of the machine falls on both sides of a ratio. Times
are noisy; the ratios are what is to be compared. The files are simulated once into bench/work and used again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE / "work"
OWN = [sys.executable, "-m", "senl_ae"]
SAMPLE = HERE.parent / "sample_data" / "study_en.xlsx"
HEAVY = ("pandas", "numpy", "openpyxl", "python_calamine", "scipy")
MEGABYTE = 1_000_000 if sys.platform == "darwin" else 1_000
"""What `ru_maxrss` has to be divided by: bytes on macOS, kilobytes elsewhere."""

CALAMINE = """
import sys
from python_calamine import CalamineWorkbook
book = CalamineWorkbook.from_path(sys.argv[1])
for name in book.sheet_names:
    book.get_sheet_by_name(name).to_python()
"""
PANDAS = """
import sys
import pandas
for path in sys.argv[1:]:
    pandas.read_csv(path, dtype=str)
"""
WRITE = """
import sys, time
from pathlib import Path
import pandas
frames = [pandas.read_csv(p, low_memory=False) for p in sorted(Path(sys.argv[1]).glob("*.csv"))]
started = time.perf_counter()
for i, frame in enumerate(frames):
    frame.to_csv(Path(sys.argv[2]) / f"{i}.csv", index=False)
print(time.perf_counter() - started)
"""
SIMULATE = """
import sys
from pathlib import Path
from senl_ae.simulate.charts import simulate_study
from senl_ae.simulate.written import write_csv, write_workbook
target, subjects, rows, what = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
frames = simulate_study(subjects, 1, rows_per_subject=rows, labs=what == "labs")
if what == "workbook":
    write_workbook(target, {name: frames[name] for name in ("subjects", "vitals", "interventions")})
elif what == "labs":
    write_csv(target, {name: frames[name] for name in ("subjects", "labs")})
else:
    write_csv(target, frames)
"""

LABORATORY = """
import sys
from pathlib import Path
import numpy as np, pandas as pd
from senl_ae.simulate.charts import simulate_study
from senl_ae.simulate.written import write_csv
MORE = (  # test, unit, lower and upper limit of normal, decimals
    ("Sodium", "mmol/L", 135, 145, 0), ("Potassium", "mmol/L", 3.5, 5.1, 1), ("Calcium", "mmol/L", 2.1, 2.6, 2),
    ("Magnesium", "mmol/L", 0.7, 1.05, 2), ("Phosphate", "mmol/L", 0.8, 1.5, 2), ("Glucose", "mmol/L", 3.9, 6.1, 1),
    ("Albumin", "g/L", 35, 50, 0), ("ALP", "U/L", 40, 130, 0), ("GGT", "U/L", 8, 60, 0), ("LDH", "U/L", 120, 250, 0),
    ("Ferritin", "ug/L", 30, 400, 0), ("CRP", "mg/L", 0, 5, 1), ("Triglycerides", "mmol/L", 0.4, 1.7, 2), ("INR", "", 0.8, 1.2, 2),
    ("aPTT", "s", 25, 38, 1),
)
frames = simulate_study(2_050, 1, rows_per_subject=2, labs=True)
labs, rng = frames["labs"], np.random.default_rng(1)
again = labs.assign(datetime=labs["datetime"] + pd.Timedelta(hours=12), value=labs["value"] * 1.25)
ten = pd.concat([labs, again], ignore_index=True)
draws = ten.drop_duplicates(["subject_id", "datetime"])
parts = [ten]
for test, unit, lln, uln, decimals in MORE:
    value = np.round((lln + uln) / 2 * np.exp(rng.normal(0, 0.35, len(draws))), decimals)
    parts.append(draws.assign(test=test, unit=unit, lln=lln, uln=uln, value=value))
whole = pd.concat(parts, ignore_index=True).sort_values(["subject_id", "datetime"], kind="stable")
write_csv(Path(sys.argv[1]), {"subjects": frames["subjects"], "labs": whole})
"""

EVENTS = """
import sys
from pathlib import Path
import numpy as np, pandas as pd
rng, n, m = np.random.default_rng(1), 10_000, 200_000
folder, ids = Path(sys.argv[1]), np.array([f"{i:05d}" for i in range(n)])
folder.mkdir()
infused = pd.Timestamp("2026-01-10") + pd.to_timedelta(rng.integers(0, 200, n), unit="D")
levels = rng.choice(["DL1", "DL2", "DL3"], n)
subjects = pd.DataFrame({"subject_id": ids, "infusion_datetime": infused.strftime("%Y-%m-%d 10:00"), "dose_level": levels})
who, term, day = rng.integers(0, n, m), rng.integers(0, 800, m), rng.integers(-20, 45, m)
start = infused[who] + pd.to_timedelta(day, unit="D")
typed = np.where(rng.random(m) < 0.03, start.strftime("%Y-%m"), start.strftime("%Y-%m-%d"))
end = np.where(rng.random(m) < 0.1, "", (start + pd.to_timedelta(rng.integers(0, 9, m), unit="D")).strftime("%Y-%m-%d"))
names = np.array([f"Term {i}" for i in range(800)])[term]
classes = np.array([f"Class {i % 27} disorders" for i in range(800)])[term]
events = pd.DataFrame({
    "USUBJID": ids[who], "AETERM": names, "AEDECOD": names, "AEBODSYS": classes, "AESTDTC": typed, "AEENDTC": end,
    "AETOXGR": rng.choice(["", "1", "2", "3", "4", "5"], m, p=[0.02, 0.4, 0.3, 0.2, 0.075, 0.005]),
    "AESER": rng.choice(["Y", "N"], m), "AEREL": rng.choice(["RELATED", "NOT RELATED", ""], m, p=[0.5, 0.48, 0.02]),
})
subjects.to_csv(folder / "subjects.csv", index=False)
events.to_csv(folder / "events.csv", index=False)
"""


@dataclass
class Run:
    """One process: seconds on the clock, seconds of computing, peak memory in MB, exit code."""

    seconds: float
    cpu: float
    megabytes: float
    code: int
    output: str = ""


@dataclass
class Result:
    """One line of the table: our median, the bare median, what is allowed."""

    what: str
    seconds: float | None = None
    bare_seconds: float | None = None
    write_seconds: float | None = None
    ratio: float | None = None
    cpu_ratio: float | None = None
    """The same ratio in computing time: what to look at when the machine was busy with something else."""
    limit: str = ""
    megabytes: float | None = None
    within: bool | None = None
    remark: str = ""
    all_seconds: list[float] = field(default_factory=list)


def run(command: list[str]) -> Run:
    """Start one process and wait for it; its own peak memory, not that of its parents."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    ) as process:
        output = process.stdout.read().decode() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        time.perf_counter() - started,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / MEGABYTE,
        process.returncode,
        output,
    )


def environment() -> dict[str, str]:
    """This checkout, with its bytecode kept from run to run as that of an installed program is."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
        "NO_COLOR": "1",
    }


def by_turns(runs: int, *commands: list[str]) -> list[list[Run]]:
    """Run the commands one after the other, `runs` rounds."""
    rounds = [[run(c) for c in commands] for _ in range(runs)]
    return [list(one) for one in zip(*rounds, strict=True)]


def median(runs: list[Run]) -> float:
    return statistics.median(r.seconds for r in runs)


def median_cpu(runs: list[Run]) -> float:
    return statistics.median(r.cpu for r in runs)


def simulated(name: str, *command: object) -> Path:
    """The file or folder of that name, made by a program and its arguments when it is not there yet."""
    target = WORK / name
    if not target.exists():
        WORK.mkdir(exist_ok=True)
        print(f"simulating {name} ...", file=sys.stderr, flush=True)
        program, *arguments = map(str, command)
        subprocess.run(
            [sys.executable, "-c", program, str(target), *arguments], check=True, env=environment()
        )
    return target


def grade(files: list[Path], out: Path) -> list[str]:
    return [*OWN, "grade", *map(str, files), "--out", str(out), "--no-workbook", "--quiet"]


def compared(
    result: Result,
    own: list[Run],
    bare: list[Run],
    allowed: float | None,
    most_megabytes: float | None = None,
) -> Result:
    """Fill in medians and the ratio; `allowed` times the bare read, plus the time to write where that was measured."""
    result.seconds, result.bare_seconds = median(own), median(bare)
    result.megabytes = max(r.megabytes for r in own)
    result.all_seconds = [r.seconds for r in own]
    result.ratio = (result.seconds - (result.write_seconds or 0)) / result.bare_seconds
    result.cpu_ratio = (median_cpu(own) - (result.write_seconds or 0)) / median_cpu(bare)
    if allowed is not None:
        result.within = result.ratio <= allowed and (
            most_megabytes is None or result.megabytes <= most_megabytes
        )
    return noted(result, own)


def noted(result: Result, own: list[Run]) -> Result:
    bad = sorted({r.code for r in own if r.code})
    if bad:
        result.within, result.remark = False, f"exit code {bad[0]}"
    return result


def absolute(what: str, command: list[str], runs: int, limit: float | None) -> Result:
    own = by_turns(runs, command)[0]
    result = Result(
        what, median(own), megabytes=max(r.megabytes for r in own), all_seconds=[r.seconds for r in own]
    )
    if limit is not None:
        result.limit, result.within = f"{limit:g} s", median(own) <= limit
    return noted(result, own)


def bench_help(runs: int) -> Result:
    result = absolute("`--help`", [*OWN, "--help"], runs, 0.4)
    command = [sys.executable, "-X", "importtime", "-m", "senl_ae", "--help"]
    listed = subprocess.run(command, capture_output=True, text=True, env=environment()).stderr.splitlines()
    imported = {line.rsplit("|", 1)[-1].strip() for line in listed}
    heavy = [m for m in HEAVY if m in imported]
    result.remark = result.remark or (
        f"imports {', '.join(heavy)}" if heavy else f"imports none of {', '.join(HEAVY)}"
    )
    result.within = bool(result.within) and "pandas" not in heavy
    return result


def bench_sample(runs: int) -> Result:
    return absolute("sample study, 19 subjects, `grade`", grade([SAMPLE], WORK / "out-sample"), runs, 2)


def bench_summary(runs: int) -> Result:
    out = WORK / "out-sample"
    run(grade([SAMPLE], out))
    return absolute(
        "sample study, `summarize --by dose`", [*OWN, "summarize", str(out), "--by", "dose"], runs, 2
    )


def bench_workbook(runs: int) -> Result:
    """100,000 rows of 12 columns, 2,000 subjects, timed."""
    book = simulated("timed-100k.xlsx", SIMULATE, 2_000, 51, "workbook")
    bare, own = by_turns(
        runs, [sys.executable, "-c", CALAMINE, str(book)], grade([book], WORK / "out-workbook")
    )
    return compared(
        Result("workbook, 100,000 timed rows, 2,000 subjects", limit="4 x, 600 MB"), own, bare, 4, 600
    )


def bench_csv(runs: int) -> Result:
    """1,000,000 rows of 12 columns, 10,000 subjects, one file; the time to write the results is taken off before the ratio."""
    file, out = simulated("vitals-1m.csv", SIMULATE, 10_000, 101, "csv"), WORK / "out-csv"
    bare, own = by_turns(runs, [sys.executable, "-c", PANDAS, str(file)], grade([file], out))
    written = WORK / "written"
    written.mkdir(exist_ok=True)
    writes = [
        float(run([sys.executable, "-c", WRITE, str(out), str(written)]).output or 0)
        for _ in range(min(runs, 3))
    ]
    result = Result(
        "CSV, 1,000,000 rows, 10,000 subjects", limit="4 x + writing", write_seconds=statistics.median(writes)
    )
    return compared(result, own, bare, 4)


def bench_large_summary(runs: int) -> Result:
    out = WORK / "out-csv"
    if not out.exists():
        run(grade([simulated("vitals-1m.csv", SIMULATE, 10_000, 101, "csv")], out))
    return absolute(
        "10,000 subjects, `summarize --by dose`", [*OWN, "summarize", str(out), "--by", "dose"], runs, 4
    )


def bench_labs(runs: int) -> Result:
    """1,000,000 laboratory values (25 tests, 2,000 subjects, 20 draws each) and the subject list, as two CSV files."""
    folder, out = simulated("labs-25-tests", LABORATORY), WORK / "out-labs"
    files = sorted(folder.glob("*.csv"))
    bare, own = by_turns(runs, [sys.executable, "-c", PANDAS, *map(str, files)], grade(files, out))
    result = compared(
        Result("CSV, 1,000,000 laboratory values of 25 tests", limit="12 s, 1500 MB"), own, bare, None
    )
    result.within = bool(
        result.seconds
        and result.seconds <= 12
        and result.megabytes
        and result.megabytes <= 1500
        and not result.remark
    )
    return result


def bench_events(runs: int) -> Result:
    """200,000 reported adverse events of 10,000 subjects: graded, and counted by class and term, both together against the bare read."""
    folder, out = simulated("events-200k", EVENTS), WORK / "out-events"
    files = sorted(folder.glob("*.csv"))
    counted = [*OWN, "summarize", str(out), "--by", "dose", "--table", "ae-terms", "--quiet"]
    run(grade(files, out))
    bare, own, own_count = by_turns(
        runs, [sys.executable, "-c", PANDAS, *map(str, files)], grade(files, out), counted
    )
    both = [
        Run(a.seconds + b.seconds, a.cpu + b.cpu, max(a.megabytes, b.megabytes), a.code or b.code)
        for a, b in zip(own, own_count, strict=True)
    ]
    result = compared(
        Result("CSV, 200,000 adverse events, `grade` and `summarize --table ae-terms`", limit="8 s"),
        both,
        bare,
        None,
    )
    result.within = bool(result.seconds and result.seconds <= 8 and not result.remark)
    return result


BENCHES: dict[str, Callable[[int], Result]] = {
    "help": bench_help,
    "sample": bench_sample,
    "summary": bench_summary,
    "workbook": bench_workbook,
    "csv": bench_csv,
    "large-summary": bench_large_summary,
    "labs": bench_labs,
    "events": bench_events,
}


def table(results: list[Result]) -> str:
    """The results in Markdown."""

    def seconds(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    headings = (
        "what",
        "median s",
        "bare read s",
        "writing s",
        "ratio",
        "of CPU time",
        "allowed",
        "peak MB",
        "",
    )
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    for r in results:
        verdict = {None: "", True: "yes", False: "**no**"}[r.within]
        times = (r.seconds, r.bare_seconds, r.write_seconds, r.ratio, r.cpu_ratio)
        peak = "" if r.megabytes is None else f"{r.megabytes:.0f}"
        cells = [r.what, *map(seconds, times), r.limit, peak, " ".join(filter(None, (verdict, r.remark)))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5, help="processes per figure; the median counts")
    parser.add_argument("--only", help=f"comma-separated: {', '.join(BENCHES)}")
    parser.add_argument(
        "--check", action="store_true", help="exit code 1 when a figure is not within what is allowed"
    )
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(BENCHES)
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        parser.error(f"no such figure: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    results = []
    for name in names:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results.append(BENCHES[name](options.runs))
    machine = {
        "python": platform.python_version(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "runs": options.runs,
    }
    machine |= {
        package: version(package) for package in ("pandas", "numpy", "openpyxl", "python-calamine", "typer")
    }
    (HERE / "results.json").write_text(
        json.dumps({"machine": machine, "results": [asdict(r) for r in results]}, indent=1) + "\n"
    )
    print(
        f"Python {machine['python']}, {machine['cpus']} CPUs, pandas {machine['pandas']}, median of {options.runs}\n\n{table(results)}"
    )
    return int(options.check and any(r.within is False for r in results))


if __name__ == "__main__":
    sys.exit(main())
