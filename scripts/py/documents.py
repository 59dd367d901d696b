"""Results of the scripts that check something: one JSON document each, which says what it is."""

import datetime
import importlib.metadata
import json
import os
import pathlib
import platform


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")),
                    platform.machine())  # fmt: skip


def version_of(package):
    """Packages that a script can do without may be missing; the document says so."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def write_document(path, title, headline, command, packages=(), **members):
    """`headline` is the one line for the index of results; `packages` are those whose versions count."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "title": title, "headline": headline, "command": command,
        "date": datetime.date.today().isoformat(), "cpu": processor(), "cores": os.cpu_count(),
        "system": platform.platform(), "load_1min": round(os.getloadavg()[0], 2),
        "versions": {name: version_of(name) for name in packages}, **members,
    }  # fmt: skip
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"written: {path}")
