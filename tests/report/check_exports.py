"""Reads exported reports the way their consumers do.

usage: check_exports.py FOLDER   with NAME.FORMAT.SUFFIX, as tests/report/export_test.cpp leaves them

JUnit by xmllint against junit.xsd, the page by a strict tag balance and a list of what it must not
hold, google-benchmark by Debian's compare.py, BMF and github-action-benchmark by their documented
shapes, CSV by Python's reader, samples by percentiles that are computed anew. What needs a tool that
is not installed is named and left out; exit code 4 (skipped) only when nothing at all was there.
"""

import csv
import html.parser
import json
import math
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
VOID = {"meta", "br", "hr", "img", "link", "input"}
COMPARE = pathlib.Path("/usr/share/benchmark/compare.py")
problems = []


def check(good, what):
    if not good:
        problems.append(what)


def strict_json(path):
    def refuse(text):
        raise ValueError(f"{path.name}: {text} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


class Page(html.parser.HTMLParser):
    """Every tag is closed by its own end tag, ids are unique, references lead somewhere."""

    def __init__(self, name):
        super().__init__(convert_charrefs=True)
        self.name, self.stack, self.ids, self.references = name, [], set(), []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        check(len(values) == len(attributes), f"{self.name}: <{tag}> has an attribute twice")
        check(tag not in {"script", "iframe", "link", "object", "embed", "base", "img", "a"},
              f"{self.name}: <{tag}>")
        for key, value in attributes:
            check(not key.startswith("on"), f"{self.name}: handler {key}")
            check(key not in {"src", "href", "xlink:href"}, f"{self.name}: {key} leads outside")
            if key == "id":
                check(value not in self.ids, f"{self.name}: id {value} twice")
                self.ids.add(value)
            if key == "aria-labelledby":
                self.references += value.split()
        if tag == "svg" and values.get("aria-hidden") != "true" and "aria-label" not in values:
            hidden_axis = any(t == "div" and h for t, h in self.stack)
            check(values.get("role") == "img" and "aria-labelledby" in values or hidden_axis,
                  f"{self.name}: an svg without a name")
        if tag not in VOID:
            self.stack.append((tag, values.get("aria-hidden") == "true"))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        check(self.stack and self.stack[-1][0] == tag, f"{self.name}: </{tag}> at {self.getpos()}")
        if self.stack and self.stack[-1][0] == tag:
            self.stack.pop()


def check_html(path):
    text = path.read_text(encoding="utf-8")
    page = Page(path.name)
    page.feed(text)
    page.close()
    check(not page.stack, f"{path.name}: not closed: {page.stack}")
    for reference in page.references:
        check(reference in page.ids, f"{path.name}: no element has the id {reference}")
    check("default-src 'none'" in text, f"{path.name}: no content security policy")
    check(len(text) < 2_000_000, f"{path.name}: {len(text)} characters")


def check_junit(path):
    if not shutil.which("xmllint"):
        return "xmllint"
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", HERE / "junit.xsd", path],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"{path.name}: {done.stderr.strip()}")
    return None


def check_bmf(path):
    for name, measures in strict_json(path).items():
        check(0 < len(name) <= 1024, f"{path.name}: a name of {len(name)} characters")
        check(measures, f"{path.name}: {name} has no measures")
        for measure, metric in measures.items():
            check(0 < len(measure) <= 64, f"{path.name}: measure {measure}")
            check("value" in metric and set(metric) <= {"value", "lower_value", "upper_value"},
                  f"{path.name}: {metric}")
            check(all(type(v) in (int, float) for v in metric.values()), f"{path.name}: {metric}")
            low, high = metric.get("lower_value", -math.inf), metric.get("upper_value", math.inf)
            check(path.name.startswith("random") or low <= metric["value"] <= high,
                  f"{path.name}: {metric}")


def check_action(path):
    names = set()
    for row in strict_json(path):
        check(set(row) <= {"name", "unit", "value", "range", "extra"}, f"{path.name}: {row}")
        check(type(row["value"]) in (int, float), f"{path.name}: {row}")
        for key in set(row) - {"value"}:
            check(isinstance(row[key], str), f"{path.name}: {key} is no text")
        check(row["name"] not in names, f"{path.name}: {row['name']} twice")
        names.add(row["name"])


def check_google(path):
    document = strict_json(path)
    check(document["context"]["json_schema_version"] == 1, f"{path.name}: schema version")
    for row in document["benchmarks"]:
        check(row["run_type"] in ("iteration", "aggregate") and row["time_unit"] == "ns",
              f"{path.name}: {row}")
    if path.name.startswith(("empty", "random")):
        return None
    try:
        import scipy.stats  # noqa: F401  (compare.py needs it)
    except ImportError:
        return "compare.py (libbenchmark-tools, with scipy)"
    if not COMPARE.exists():
        return "compare.py (libbenchmark-tools, with scipy)"
    done = subprocess.run([sys.executable, COMPARE, "--no-color", "benchmarks", path, path],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"{path.name}: compare.py: {done.stderr[-500:]}")
    if path.name.startswith("plain"):
        check("fast_pvalue" in done.stdout and "slow_median" in done.stdout,
              f"{path.name}: compare.py did not find the benchmarks:\n{done.stdout}")
        pair = subprocess.run([sys.executable, COMPARE, "--no-color", "filters", path, "fast",
                               "slow"], capture_output=True, text=True, check=False)
        check("+0.2" in pair.stdout, f"{path.name}: the planted 20 % is not seen:\n{pair.stdout}")
    return None


def check_csv(path):
    raw = path.read_bytes()
    check(raw.count(b"\n") == raw.count(b"\r\n"), f"{path.name}: lines do not end in CRLF")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, strict=True))
    for row in rows[1:]:
        check(len(row) == len(rows[0]), f"{path.name}: {len(row)} cells of {len(rows[0])}")
        for cell in row:
            check(not cell.lstrip().startswith(("=", "+", "@")), f"{path.name}: formula {cell!r}")
            check(not cell.startswith("-") or cell[1:2].isdigit(), f"{path.name}: formula {cell!r}")


def check_samples(path, report_path):
    """Percentiles from the raw samples, by the definition: x_(ceil(q n)) of the sorted sample."""
    samples = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        samples.setdefault((row["engine"], row["case"]), []).append(row["ns"])
    seen = {}
    for result in strict_json(report_path)["results"]:
        key = (result["label"], result["case"])
        seen[key] = seen.get(key, 0) + 1
    for result in strict_json(report_path)["results"]:
        key = (result["label"], result["case"])
        if seen[key] > 1:
            continue
        ordered = sorted(samples.get(key, []))
        check(len(ordered) == result["latency_ns"]["n"], f"{path.name}: n of {key}")
        for name, percent in (("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99)):
            told = result["latency_ns"][name]["value"]
            if told is not None:
                rank = -(-percent * len(ordered) // 100)
                check(told == ordered[rank - 1], f"{path.name}: {name} of {key}")


def main():
    folder = pathlib.Path(sys.argv[1])
    files = sorted(folder.glob("*.*.*")) if folder.is_dir() else []
    if not files:
        print(f"skipped: nothing in {folder}")
        return 4
    readers = {"html": check_html, "junit": check_junit, "bmf": check_bmf, "csv": check_csv,
               "github-action-benchmark": check_action, "google-benchmark": check_google}
    missing, read = set(), 0
    for path in files:
        name, kind, _ = path.name.split(".", 2)
        if kind in readers:
            missing.add(readers[kind](path))
            read += 1
        elif kind == "jsonl":
            check_samples(path, folder / f"{name}.json.json")
            read += 1
    for tool in sorted(missing - {None}):
        print(f"left out: {tool} is not installed")
    for problem in problems:
        print(problem)
    print(f"check_exports: {read} files, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
