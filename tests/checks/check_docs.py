"""The documents name what is there: relative links, scripts, files and options of the program.

Usage: check_docs.py ROOT PROGRAM
"""

import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^(?:lib|apps|scripts|tests|docs|models|results)/[\w./-]+$")
COMMAND = re.compile(r"\bvernier (inspect|run|bench|compare|doctor)\b([^|`\n]*)")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")


def help_of(program, command):
    done = subprocess.run([program, command, "--help"], capture_output=True, text=True, check=True)
    return set(OPTION.findall(done.stdout))


def check(root, program):
    problems = []
    options = {name: help_of(program, name) for name in ("inspect", "run", "bench", "compare",
                                                          "doctor")}
    documents = [root / n for n in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    documents += sorted((root / "docs").glob("*.md"))
    for document in documents:
        text = document.read_text(encoding="utf-8")
        where = document.relative_to(root)
        for target in LINK.findall(text):
            if not re.match(r"[a-z]+:", target) and not (document.parent / target).exists():
                problems.append(f"{where}: link to {target}, which is not there")
        for code in CODE.findall(text):
            if PATH.match(code) and not (root / code).exists():
                problems.append(f"{where}: `{code}` is not there")
        for command, rest in COMMAND.findall(text.replace("\\\n", " ")):
            for option in OPTION.findall(rest):
                if option not in options[command]:
                    problems.append(f"{where}: vernier {command} has no option {option}")
    listed = set(OPTION.findall((root / "docs/cli.md").read_text(encoding="utf-8")))
    for command, names in options.items():
        for option in sorted(names - listed):
            problems.append(f"docs/cli.md: {option} of vernier {command} is not described")
    return problems


def main():
    problems = check(pathlib.Path(sys.argv[1]), sys.argv[2])
    for problem in problems:
        print(problem)
    print(f"check_docs: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
