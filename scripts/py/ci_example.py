"""Runs the `run:` steps of docs/ci/vernier.yml as plain shell, as a GitHub runner does: bash -eo
pipefail, GITHUB_PATH and GITHUB_STEP_SUMMARY, after a failure only the steps with `if: always()`.

Two changes are put to the workflow, each N times: one that is noise only (the same engine on both
sides) and one that makes the candidate 10 % slower by real work (tests/ci/slower_worker.py). The
first must pass and the second must fail; the exit status is 1 when one verdict is wrong.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


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
    """(name of the first step that failed or "", what was said)."""
    environment = dict(environment, GITHUB_PATH=str(folder / "path"),
                       GITHUB_STEP_SUMMARY=str(folder / "summary"))
    for name in ("path", "summary"):
        (folder / name).write_text("")
    failed, said = "", ""
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
            failed = name
    if not (folder / "summary").read_text():
        failed, said = failed or "Summary", said + "the step summary is empty\n"
    return failed, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--vernier", default=ROOT / "build/release/vernier", help="the program")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="jobs of each kind")
    parser.add_argument("--model", help="another model than the workflow's")
    parser.add_argument("--extra", default="0.1", help="planted regression (0.1: 10 %% slower)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the steps say")
    parser.add_argument("--list", action="store_true", help="print the steps and check their syntax")
    arguments = parser.parse_args()
    program = pathlib.Path(arguments.vernier).resolve()
    values, steps = read_workflow(ROOT / "docs/ci/vernier.yml")
    values["MODEL"] = str((pathlib.Path(arguments.model) if arguments.model
                           else ROOT / values["MODEL"]).resolve())
    if arguments.list:
        for name, always, script in steps:
            print(f"== {name}{' (always)' if always else ''}\n{script.rstrip()}")
            subprocess.run(["bash", "-n", "-c", script], check=True)
        return 0 if any("vernier compare" in step[2] for step in steps) else 1
    wrong = 0
    for number in range(arguments.repeat):
        for kind, extra, expected in (("noise only", "0", ""),
                                      ("regression", arguments.extra, "Compare speed and outputs")):
            environment = dict({**os.environ, **values}, BASELINE="slower:extra=0",
                               CANDIDATE=f"slower:extra={extra}" + (",spinning=1" if extra == "0" else ""),
                               VERNIER_WORKERS=str(ROOT / "tests/ci"),
                               PATH=f"{program.parent}:{os.environ['PATH']}")
            with tempfile.TemporaryDirectory(prefix="vernier-ci-") as folder:
                failed, said = run_job(steps, environment, pathlib.Path(folder), arguments.verbose)
            right = failed == expected
            wrong += not right
            gate = [line for line in said.splitlines() if line.startswith("max-regression")]
            print(f"{number + 1:3} {kind:11} {'fails' if failed else 'passes':7}"
                  f"{'' if right else 'WRONG '} {' '.join(gate)}", flush=True)
            if not right and not arguments.verbose:
                print(said)
    print(f"{wrong} wrong of {2 * arguments.repeat}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
