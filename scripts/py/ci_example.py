"""Runs the `run:` steps of docs/ci/vernier.yml as plain shell, as a GitHub runner does: bash -eo
pipefail, GITHUB_PATH and GITHUB_STEP_SUMMARY, after a failure only the steps with `if: always()`.

Two changes are put to the workflow, each N times: one that is noise only (the same engine on both
sides) and one that makes the candidate 10 % slower by real work (tests/ci/slower_worker.py). The
first must pass and the second must fail, because of the regression; an answer that is inconclusive
(exit code 11 of the workflow's `vernier compare --strict`) is wrong for both. The exit status is 1
when one job went wrong.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

from places import ROOT, models_directory


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


def block(lines, at):
    """The text of a YAML value that starts at line `at`: a block scalar (|) or one line."""
    head = lines[at].split("run:", 1)[1].strip()
    if head != "|":
        return head
    base = indent_of(lines[at].replace("- ", "  ", 1))
    text = []
    for line in lines[at + 1:]:
        if line.strip() and indent_of(line) <= base:
            break
        text.append(line)
    least = min(indent_of(line) for line in text if line.strip())
    return "\n".join(line[least:] for line in text) + "\n"


def read_workflow(path):
    """Environment and steps [(name, always, script)] of a workflow with one job."""
    lines = path.read_text(encoding="utf-8").splitlines()
    environment, steps = {}, []
    begin = next(i for i, line in enumerate(lines) if line.strip() == "steps:")
    first = next(i for i, line in enumerate(lines) if line.strip() == "env:")
    for line in lines[first + 1:begin]:
        if indent_of(line) <= indent_of(lines[first]):
            break
        key, value = line.strip().split(": ", 1)
        environment[key] = value
    starts = [i for i in range(begin + 1, len(lines)) if re.match(r" {6}- ", lines[i])]
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        step = lines[start:end]
        runs = [i for i, line in enumerate(step) if re.match(r"(- )?run:", line.strip())]
        if not runs:
            continue  # an action of the runner's
        name = next((line.split("name:", 1)[1].strip() for line in step if "name:" in line), "?")
        always = any(line.strip() == "if: always()" for line in step)
        steps.append((name, always, block(step, runs[0])))
    return environment, steps


def run_job(steps, environment, folder, verbose):
    """(name of the first step that failed or "", its exit code, what was said)."""
    environment = dict(environment, GITHUB_PATH=str(folder / "path"),
                       GITHUB_STEP_SUMMARY=str(folder / "summary"))
    for name in ("path", "summary"):
        (folder / name).write_text("")
    failed, code, said = "", 0, ""
    for name, always, script in steps:
        if failed and not always:
            continue
        environment["PATH"] = ":".join((folder / "path").read_text().split() + [environment["PATH"]])
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=folder, text=True,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said += f"== {name}: {done.returncode}\n{done.stdout}"
        if verbose:
            print(f"== {name}: {done.returncode}\n{done.stdout}", flush=True)
        if done.returncode != 0 and not failed:
            failed, code = name, done.returncode
    if not (folder / "summary").read_text():
        failed, said = failed or "Summary", said + "the step summary is empty\n"
    return failed, code, said


def comparison_of(folder):
    """(the comparison of the job's report, the report), or two empty ones."""
    file = folder / "vernier-report.json"
    if not file.is_file():
        return {}, {}
    report = json.loads(file.read_text(encoding="utf-8"))
    return (report["comparisons"] or [{}])[0], report


def play(kind, extra, program, values, steps, verbose):
    """One job: a row of the result, its report and what was said."""
    environment = dict({**os.environ, **values}, BASELINE="slower:extra=0",
                       CANDIDATE=f"slower:extra={extra}" + (",spinning=1" if extra == "0" else ""),
                       VERNIER_WORKERS=str(ROOT / "tests/ci"),
                       PATH=f"{program.parent}:{os.environ['PATH']}")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vernier-ci-") as folder:
        (pathlib.Path(folder) / "scripts").symlink_to(ROOT / "scripts")
        failed, code, said = run_job(steps, environment, pathlib.Path(folder), verbose)
        comparison, report = comparison_of(pathlib.Path(folder))
    expected = ("", 0) if kind == "noise only" else ("Compare speed and outputs", 1)
    row = {"kind": kind, "planted": float(extra), "right": (failed, code) == expected,
           "failed_step": failed or None, "exit_code": code,
           "seconds": round(time.monotonic() - begin, 1), "load_1min": os.getloadavg()[0]}
    for key in ("ratio", "ci_low", "ci_high", "unit", "pairs", "verdict"):
        row[key] = comparison.get(key)
    return row, report, said


def write_result(target, arguments, values, rows, report):
    command = ["scripts/ci-example", "--repeat", str(arguments.repeat)]
    if arguments.model:
        command += ["--model", pathlib.Path(arguments.model).name]
    if arguments.extra != "0.1":
        command += ["--extra", arguments.extra]
    cpu = report.get("environment", {}).get("cpu", {})
    versions = {row["engine"]["name"]: row["engine"]["version"] for row in report.get("results", [])}
    tool = report.get("tool", {})
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({
        "command": command, "date": datetime.date.today().isoformat(),
        "cpu": cpu.get("model"), "cores": os.cpu_count(), "system": platform.platform(),
        "versions": {"vernier": tool.get("version"), "git_commit": tool.get("git_commit"), **versions},
        "model": {"file": pathlib.Path(values["MODEL"]).name,
                  "sha256": (report.get("model") or {}).get("sha256")},
        "max_regression": values["MAX_REGRESSION"],
        "processes": int(values["PROCESSES"]), "wrong": sum(not row["right"] for row in rows),
        "jobs": rows}, indent=1) + "\n", encoding="utf-8")
    print(f"written: {target}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vernier", default=ROOT / "build/release/vernier", help="the program")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="jobs of each kind")
    parser.add_argument("--model", help="another model than the workflow's")
    parser.add_argument("--extra", default="0.1", help="planted regression (0.1: 10 %% slower)")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE", help="JSON file of all jobs")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the steps say")
    parser.add_argument("--list", action="store_true", help="print the steps and check their syntax")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.vernier).resolve()
    values, steps = read_workflow(ROOT / "docs/ci/vernier.yml")
    values["MODEL"] = str((pathlib.Path(arguments.model) if arguments.model
                           else models_directory() / pathlib.Path(values["MODEL"]).name).resolve())
    if arguments.list:
        for name, always, script in steps:
            print(f"== {name}{' (always)' if always else ''}\n{script.rstrip()}")
            subprocess.run(["bash", "-n", "-c", script], check=True)
        return 0 if any("vernier compare" in step[2] for step in steps) else 1
    if arguments.output and arguments.output.suffix != ".json":
        parser.error("--output names a .json file")
    rows, report = [], {}
    for number in range(arguments.repeat):
        for kind, extra in (("noise only", "0"), ("regression", arguments.extra)):
            row, made, said = play(kind, extra, program, values, steps, arguments.verbose)
            rows.append(row)
            report = made or report
            gate = [line for line in said.splitlines() if line.startswith("max-regression")]
            print(f"{number + 1:3} {kind:11} {'fails' if row['failed_step'] else 'passes':7}"
                  f"{'' if row['right'] else 'WRONG '}{row['seconds']:5.1f} s  {' '.join(gate)}",
                  flush=True)
            if not row["right"] and not arguments.verbose:
                print(said)
    wrong = sum(not row["right"] for row in rows)
    print(f"{wrong} wrong of {len(rows)}")
    if arguments.output:
        write_result(arguments.output, arguments, values, rows, report)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
