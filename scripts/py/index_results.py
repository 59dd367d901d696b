"""Writes results/README.md: one row for every folder of results, from the files in it.

usage: index_results.py [--check] [FOLDER]

What a row says comes from the reports (machine, command, ratios) and, where there is one, from the
heading of summary.md and its "Made by `COMMAND`". --check writes nothing and fails when the index
is not up to date.
"""

import argparse
import json
import math
import pathlib
import re
import sys

HEAD = """# Results

Files made by commands, never edited by hand; this page is made by `scripts/py/index_results.py`. Each report holds machine, versions, command and
raw samples. Ratio: baseline latency over contender latency, above 1 the contender is faster; geometric mean over the models, and its range.

| folder | what | machine | command | headline |
|---|---|---|---|---|
"""


def reports_in(folder):
    reports = []
    for path in sorted(folder.rglob("*.json")):
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            continue
        if isinstance(report, dict) and "schema_version" in report and "results" in report:
            reports.append(report)
    return reports


def cell(text):
    """One line in a table, whatever the files hold."""
    return re.sub(r"\s+", " ", str(text)).replace("|", "\\|").replace("<", "&lt;").strip() or "-"


def machines(reports):
    seen = []
    for report in reports:
        cpu = report["environment"]["cpu"]
        cores = cpu["allowed_cores"]
        text = f"{cpu['model']}, {cores} core{'' if cores == 1 else 's'}"
        if text not in seen:
            seen.append(text)
    return "; ".join(seen)


def engines(reports):
    seen = []
    for report in reports:
        for result in report["results"]:
            text = f"{result['engine']['name']} {result['engine']['version']}"
            if text not in seen:
                seen.append(text)
    models = {report["model"]["sha256"] for report in reports if report["model"]}
    return f"{', '.join(seen)}; {len(models)} model{'' if len(models) == 1 else 's'}"


def headline(reports):
    pairs, disagree, errors = {}, 0, 0
    for report in reports:
        errors += sum(result["error"] is not None for result in report["results"])
        for c in report["comparisons"]:
            disagree += c["verdict"] == "disagrees"
            if c["ratio"] and c["verdict"] != "disagrees":
                pairs.setdefault((c["contender"], c["baseline"]), []).append(c["ratio"])
    parts = []
    for (contender, baseline), ratios in pairs.items():
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        parts.append(f"{contender} against {baseline}: ratio {mean:.2f} ({min(ratios):.2f} to "
                     f"{max(ratios):.2f})")
    if disagree:
        parts.append(f"{disagree} disagree")
    if errors:
        parts.append(f"{errors} results with errors")
    return "; ".join(parts)


def check_row(folder):
    """Folders of the scripts that check measuring itself: no reports, one document."""
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        command = " ".join(document.get("command", [])) or "-"
        machine = f"{document.get('cpu', '-')}, {document.get('cores', '-')} cores"
        if "headline" in document:
            return document["title"], machine, command, document["headline"]
        if "rows" in document:
            agree = sum(row["agrees"] for row in document["rows"])
            ratios = [row["ratio"] for row in document["rows"]]
            return ("p50 against the engines' own tools", machine, command,
                    f"{agree} of {len(ratios)} within {100 * document['tolerance']:.0f} %; ratios "
                    f"{min(ratios):.3f} to {max(ratios):.3f}")
        if "jobs" in document:
            jobs = document["jobs"]
            slowest = max(job["seconds"] for job in jobs)
            return ("CI example: noise must pass, a planted regression must fail", machine, command,
                    f"{document['wrong']} wrong of {len(jobs)}; a job takes {slowest:.0f} s at most")
        if "figures" in document:
            return ("what measuring adds to an inference", machine, command, "; ".join(
                f"{name}: {figure['added_ns'] / 1e3:+.2f} us" for name, figure
                in document["figures"].items()))
    return None


def row(folder):
    reports = reports_in(folder)
    if not reports and (found := check_row(folder)):
        what, machine, command, text = map(cell, found)
        return f"| [`{folder.name}`]({folder.name}) | {what} | {machine} | `{command}` | {text} |"
    summary = folder / "summary.md"
    text = summary.read_text(encoding="utf-8") if summary.is_file() else ""
    title = re.search(r"^# (.+)$", text, re.M)
    made = re.search(r"Made by (`[^`]+`)", text)
    what = title[1] if title else engines(reports)
    if made:
        command = made[1]
    elif reports:
        command = f"`{cell(' '.join(reports[0]['command']))}`"
    else:
        command = "-"
    name = f"[`{folder.name}`]({folder.name}{'/summary.md' if text else ''})"
    return f"| {name} | {cell(what)} | {cell(machines(reports))} | {command} | {cell(headline(reports))} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail when out of date")
    parser.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[2] / "results")
    options = parser.parse_args()
    folders = sorted((f for f in options.folder.iterdir() if f.is_dir()), reverse=True)
    text = HEAD + "".join(row(folder) + "\n" for folder in folders)
    index = options.folder / "README.md"
    if options.check:
        if not index.is_file() or index.read_text(encoding="utf-8") != text:
            print(f"{index} is not up to date: run scripts/py/index_results.py")
            return 1
        print(f"index_results: {len(folders)} folders, up to date")
        return 0
    index.write_text(text, encoding="utf-8")
    print(f"wrote {index}: {len(folders)} folders")
    return 0


if __name__ == "__main__":
    sys.exit(main())
