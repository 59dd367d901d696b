"""Validates reports against the installed schema with the jsonschema package.

usage: validate_report.py SCHEMA REPORT...; exit code 4 (skipped) when the package is absent.
"""

import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(4)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    validator.check_schema(validator.schema)
    failed = 0
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            # NaN and Infinity are no JSON, though Python reads them.
            report = json.load(file, parse_constant=lambda text: sys.exit(f"{path}: {text}"))
        for error in validator.iter_errors(report):
            print(f"{path}: {error.json_path}: {error.message}")
            failed = 1
    return failed


sys.exit(main())
