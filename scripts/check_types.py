#!/usr/bin/env python3
"""Fails when two files of lib/ define a type under the same name (the one-definition rule).

Types in unnamed namespaces, inside functions or inside other types are the file's own business.

Usage: check_types.py [ROOT]. Prints one line per name; exit status 1 when there is one.
"""
import collections
import pathlib
import re
import sys

NOISE = re.compile(
    r'R"(?P<mark>[^(\s"]*)\(.*?\)(?P=mark)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'"
    r"|//[^\n]*|/\*.*?\*/"
    r"|^[ \t]*#(?:\\\n|[^\n])*",
    re.S | re.M)
TOKEN = re.compile(
    r"\bnamespace\b(?P<space>[\s\w:]*)\{"
    r"|\b(?P<template>template)\s*<"
    r"|\b(?:struct|class|union|enum(?:\s+(?:class|struct))?)\s+(?:alignas\([^)]*\)\s*)?"
    r"(?:VERNIER_API\s+)?(?P<type>\w+(?:::\w+)*)(?:\s*<[^{};()]*>)?\s*(?:final\s*)?(?::[^{};]*)?\{"
    r"|(?P<open>\{)|(?P<close>\})")


def types_of(text):
    """Qualified names of the types that a file defines at the scope of named namespaces."""
    text = NOISE.sub(" ", text)
    scopes = []  # name of a namespace; None for anything that hides what is in it
    for token in TOKEN.finditer(text):
        if token["space"] is not None:
            scopes.append("".join(token["space"].split()) or None)
        elif token["type"]:
            if None not in scopes:
                special = re.search(re.escape(token["type"]) + r"\s*<", token.group())
                name = token.group() if special else token["type"]
                yield "::".join(scopes + [" ".join(name.strip("{").split())])
            scopes.append(None)
        elif token["open"]:
            scopes.append(None)
        elif token["close"] and scopes:
            scopes.pop()


def check(root):
    homes = collections.defaultdict(set)
    for file in sorted((root / "lib").rglob("*")):
        if file.suffix in (".h", ".cpp", ".cu"):
            for name in types_of(file.read_text(errors="replace")):
                homes[name].add(file.relative_to(root).as_posix())
    return [f"{name} is defined in {', '.join(sorted(files))}"
            for name, files in sorted(homes.items()) if len(files) > 1]


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    problems = check(root)
    for problem in problems:
        print(problem)
    print(f"check_types: {len(problems)} names with two definitions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
