"""The program's answers beside the scalar grader's: run both on one fictional study and say where they differ.

python tests/oracle/compare.py --seed 7 --subjects 300 --profile everything
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from random_study import NEURO, PROFILES, VITALS, random_study, write_study  # noqa: E402
from scalar_grader import grade_subject  # noqa: E402

Record = dict[str, Any]
Difference = tuple[str, str, str, str, str]
"""Kind, subject, where, the program's answer, the oracle's."""

PATIENT = (
    "days_seen",
    "grade",
    "grade_ceiling",
    "grade_in_window",
    "onset_day",
    "peak_day",
    "end_day",
    "duration_days",
    "outcome",
    "episodes",
    "days_grade1plus",
    "days_grade3plus",
)
GIVEN = (
    "category",
    "agent",
    "start",
    "start_is_date",
    "end",
    "ongoing",
    "flow",
    "flow_upper",
    "fio2",
    "indication",
)
EPISODE = (
    "onset",
    "onset_day",
    "peak",
    "peak_day",
    "end",
    "end_day",
    "grade",
    "grade_ceiling",
    "duration_days",
    "duration_hours",
    "outcome",
)


def run_program(files: list[Path], folder: Path) -> None:
    """`senl-ae grade FILES --out FOLDER --no-workbook --quiet`, in this process."""
    from senl_ae.cli import app

    words = ["grade", *map(str, files), "--out", str(folder), "--no-workbook", "--quiet"]
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            app(words, standalone_mode=False)
    except SystemExit as stop:
        if stop.code:
            raise RuntimeError(f"the program refused the study: {said.getvalue()[:2000]}") from None


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | str | None:
    try:
        return float(text) if text != "" else None
    except ValueError:
        return text


def moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M")


def said(value: Any) -> Any:
    """One form for both sides: numbers as float, times as text, blank as None."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return float(value) if isinstance(value, int | float) else value


def _pairs(kind: str, subject: str, program: dict[Any, Any], oracle: dict[Any, Any]) -> list[Difference]:
    found = []
    for key in sorted(set(program) | set(oracle), key=str):
        here, there = program.get(key, "absent"), oracle.get(key, "absent")
        if here != there:
            one_side = " (only one has it)" if "absent" in (here, there) else ""
            found.append((kind + one_side, subject, str(key), str(here), str(there)))
    return found


def read_results(folder: Path) -> dict[tuple[str, str], Record]:
    """The program's results by subject and syndrome."""
    found: dict[tuple[str, str], Record] = defaultdict(
        lambda: {"assessments": {}, "days": {}, "episodes": {}, "patient": {}}
    )
    for row in table(folder, "assessments"):
        key = (moment(row["datetime"]), row["is_day"] == "1")
        found[row["subject_id"], row["syndrome"]]["assessments"][key] = (
            number(row["grade"]),
            number(row["grade_ceiling"]),
        )
    for row in table(folder, "daily"):
        answer = (number(row["grade"]), number(row["grade_ceiling"]), row["state"])
        found[row["subject_id"], row["syndrome"]]["days"][int(row["study_day"])] = answer
    for row in table(folder, "episodes"):
        for name in EPISODE:
            value = moment(row[name]) if name in ("onset", "peak", "end") else number(row[name])
            found[row["subject_id"], row["syndrome"]]["episodes"][int(row["episode"]), name] = value
    for row in table(folder, "patients"):
        for syndrome in ("CRS", "ICANS"):
            figures = {name: number(row[f"{syndrome.lower()}_{name}"]) for name in PATIENT}
            found[row["subject_id"], syndrome]["patient"] = {
                **figures,
                "window_end_day": number(row["window_end_day"]),
            }
    return found


def oracle_side(graded: Record) -> Record:
    """The oracle's answer in the same form."""
    episodes = {(i + 1, name): said(e[name]) for i, e in enumerate(graded["episodes"]) for name in EPISODE}
    return {
        "assessments": {
            (said(a["time"]), a["is_day"]): (said(a["grade"]), said(a["grade_ceiling"]))
            for a in graded["assessments"]
        },
        "days": {
            day: (said(grade), said(ceiling), state)
            for day, (grade, ceiling, state) in graded["days"].items()
        },
        "episodes": episodes,
        "patient": {name: said(graded["patient"][name]) for name in (*PATIENT, "window_end_day")},
    }


def disagreements(study: Record, results: Path) -> list[Difference]:
    """Every difference, the first cause first: assessments, then days, episodes, patients of subjects whose assessments agree."""
    program = read_results(results)
    found = []
    for subject in study["subjects"]:
        name = subject["subject_id"]
        graded = grade_subject(subject, study["facts"])
        for syndrome in ("CRS", "ICANS"):
            here, there = program[name, syndrome], oracle_side(graded[syndrome])
            for part in ("assessments", "days", "episodes", "patient"):
                differences = _pairs(f"{syndrome} {part}", name, here[part], there[part])
                found += differences
                if differences:
                    break  # what follows from a difference is not another one
    return found


def account(subject: Record) -> str:
    """The subject's record in a few readable lines."""

    def cells(row: Record, names: Any) -> str:
        return " ".join(f"{k}={row[k]}" for k in names if row.get(k) is not None)

    def when(row: Record) -> str:
        return (
            row["time"].strftime("%m-%d") + "      " if row["is_day"] else row["time"].strftime("%m-%d %H:%M")
        )

    facts = cells(
        subject,
        (
            "infusion",
            "infusion_is_date",
            "age",
            "birth_date",
            "hypotension_sbp",
            "developmental_delay",
            "death",
            "death_is_date",
            "death_cause",
            "last_contact",
            "cutoff",
            "retreatment",
            "conditioning",
            "new_therapy",
        ),
    )
    lines = [f"  {subject['subject_id']}: {facts}"]
    lines += [
        f"    vitals {when(r)} {cells(r, VITALS)}"
        for r in sorted(subject["vitals"], key=lambda r: (r["time"].date(), r["is_day"], r["time"]))
    ]
    for r in sorted(subject["interventions"], key=lambda r: r["start"]):
        lines.append(f"    given  {cells(r, GIVEN)}")
    lines += [
        f"    neuro  {when(r)} {cells(r, NEURO)}"
        for r in sorted(subject["neuro"], key=lambda r: (r["time"].date(), r["is_day"], r["time"]))
    ]
    lines += [
        f"    ruling {cells(r, ('syndrome', 'action', 'sign', 'grade', 'start', 'start_is_date', 'end'))}"
        for r in subject["adjudications"]
    ]
    return "\n".join(lines)


def compare(seed: int, subjects: int, profile: str) -> tuple[Record, list[Difference]]:
    study = random_study(seed, subjects, PROFILES[profile])
    with tempfile.TemporaryDirectory() as folder:
        files = write_study(Path(folder) / "study", study)
        run_program(files, Path(folder) / "results")
        return study, disagreements(study, Path(folder) / "results")


def main() -> None:
    parser = argparse.ArgumentParser(description="Where the program and the scalar grader differ.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--subjects", type=int, default=200)
    parser.add_argument("--profile", default="everything", choices=list(PROFILES))
    parser.add_argument("--show", type=int, default=3, help="subjects to print of each kind")
    asked = parser.parse_args()
    study, found = compare(asked.seed, asked.subjects, asked.profile)
    people = {s["subject_id"]: s for s in study["subjects"]}
    print(f"{len(found)} differences in {len({f[1] for f in found})} of {len(people)} subjects")
    for kind, count in Counter(f[0] for f in found).most_common():
        shown: dict[str, list[Difference]] = defaultdict(list)
        for difference in found:
            if difference[0] == kind:
                shown[difference[1]].append(difference)
        print(f"\n== {kind}: {count} differences, {len(shown)} subjects")
        for name in sorted(shown, key=lambda n: len(account(people[n])))[: asked.show]:
            print(account(people[name]))
            for _, _, where, here, there in shown[name][:6]:
                print(f"    >> {where}: program {here}, oracle {there}")


if __name__ == "__main__":
    main()
