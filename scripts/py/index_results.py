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


def described(document):
    """Title and headline of what a script that checks measuring itself has written."""
    if "headline" in document:
        return document["title"], document["headline"]
    if "rows" in document:
        agree = sum(row["agrees"] for row in document["rows"])
        ratios = [row["ratio"] for row in document["rows"]]
        return ("p50 against the engines' own tools",
                f"{agree} of {len(ratios)} within {100 * document['tolerance']:.0f} %; ratios "
                f"{min(ratios):.3f} to {max(ratios):.3f}")
    if "jobs" in document:
        jobs = document["jobs"]
        slowest = max(job["seconds"] for job in jobs)
        return ("CI example: noise must pass, a planted regression must fail",
                f"{document['wrong']} wrong of {len(jobs)}; a job takes {slowest:.0f} s at most")
    if "figures" in document:
        return ("what measuring adds to an inference", "; ".join(
            f"{name}: {figure['added_ns'] / 1e3:+.2f} us" for name, figure
            in document["figures"].items()))
    return None


def documents_in(folder):
    """Documents of such scripts: (file name without .json, document, title, headline)."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            continue
        if isinstance(document, dict) and "schema_version" not in document:
            text = described(document)
            if text:
                found.append((path.stem, document, *text))
    return found


def joined(parts, separator):
    """Each once, in order."""
    return separator.join(dict.fromkeys(part for part in parts if part))


def headlines(reports, documents):
    """Of the reports together and of every document; several are told apart by their files."""
    parts = [("reports", headline(reports))] if reports else []
    parts += [(name, text) for name, _, _, text in documents]
    if len(parts) == 1:
        return cell(parts[0][1])
    return "<br>".join(f"{cell(name)}: {cell(text)}" for name, text in parts) or "-"


def row(folder):
    reports = reports_in(folder)
    documents = documents_in(folder)
    summary = folder / "summary.md"
    text = summary.read_text(encoding="utf-8") if summary.is_file() else ""
    title = re.search(r"^# (.+)$", text, re.M)
    made = re.search(r"Made by (`[^`]+`)", text)
    whats = [title[1] if title else engines(reports)] if title or reports else []
    what = joined(whats + [title for _, _, title, _ in documents], "; ")
    machine = joined([machines(reports)] + [
        f"{document.get('cpu', '-')}, {document.get('cores', '-')} cores"
        for _, document, _, _ in documents], "; ")
    commands = [made[1]] if made else []
    if reports and not made:
        commands.append(f"`{cell(' '.join(reports[0]['command']))}`")
    commands += [f"`{cell(' '.join(document.get('command', [])))}`" for _, document, _, _ in documents]
    name = f"[`{folder.name}`]({folder.name}{'/summary.md' if text else ''})"
    return (f"| {name} | {cell(what)} | {cell(machine)} | {joined(commands, ', ') or '-'} | "
            f"{headlines(reports, documents)} |")


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
