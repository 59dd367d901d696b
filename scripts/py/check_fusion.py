"""Does `vernier inspect --target` predict what ONNX Runtime and OpenVINO do with quantized files?

Files of several quantizers, some with rules broken on purpose, are compared node by node: predicted
integer or not, against the optimized graph of ONNX Runtime and the runtime model of OpenVINO. Exit
status 1 when the agreement over all files of a runtime is below the limit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import documents
import fusion_files
import fusion_truth
import harness

RUNTIMES = {
    "ort-cpu": ("onnxruntime", fusion_truth.onnxruntime_verdicts),
    "openvino": ("openvino", fusion_truth.openvino_verdicts),
}


def predicted(program, path, target):
    command = [program, "inspect", path, "--target", target, "--json", "-q"]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
        return report["fusion"][0]["nodes"]
    except (ValueError, KeyError) as e:
        raise harness.HarnessError(f"{os.path.basename(path)}: {done.stderr.strip()[:300]}") from e


def compare(program, name, path, target):
    """A row of the result; `refused` when the runtime does not load the file."""
    row = {"file": name, "target": target}
    nodes = predicted(program, path, target)
    try:
        truth = RUNTIMES[target][1](path)
    except Exception as e:
        row["refused"] = " ".join(str(e).split())[:200]
        return row
    judged = [n for n in nodes if n["node"] in truth]
    wrong = [n for n in judged if (n["verdict"] == "integer") != truth[n["node"]]]
    row.update(
        nodes=len(judged),
        not_found=len(nodes) - len(judged),
        integer=sum(truth[n["node"]] for n in judged),
        agree=len(judged) - len(wrong),
        agreement=round(1 - len(wrong) / len(judged), 4) if judged else None,
        disagree=[
            {**{k: n[k] for k in ("node", "op", "verdict", "rule")}, "runtime_integer": truth[n["node"]]}
            for n in wrong
        ],
    )
    return row


def main():
    parser = argparse.ArgumentParser(prog="check-fusion", description=__doc__.splitlines()[0])
    parser.add_argument("--vernier", help="the program (default: $VERNIER, or the newest build)")
    parser.add_argument("--folder", help="where files are made and kept (default: a temporary one)")
    parser.add_argument("--only", action="append", help="files with this in their name (repeatable)")
    parser.add_argument("--least", type=float, default=0.97, help="agreement that is demanded")
    parser.add_argument("--show", action="store_true", help="list the nodes that disagree")
    parser.add_argument("--output", help="JSON file")
    args = parser.parse_args()
    program = harness.find_program(args.vernier)
    rows = []
    with tempfile.TemporaryDirectory(prefix="vernier-fusion-") as temporary:
        folder = args.folder or temporary
        os.makedirs(folder, exist_ok=True)
        for name, path in fusion_files.make_files(program, folder):
            if args.only and not any(part in name for part in args.only):
                continue
            for target in RUNTIMES:
                row = compare(program, name, path, target)
                rows.append(row)
                if "refused" in row:
                    print(f"{name:28} {target:9} refused: {row['refused'][:80]}", flush=True)
                    continue
                print(f"{name:28} {target:9} {row['agree']:4} of {row['nodes']:4} nodes agree "
                      f"({100 * row['agreement']:.1f} %), {row['integer']} integer"
                      + (f", {row['not_found']} not found" if row["not_found"] else ""), flush=True)  # fmt: skip
                for n in row["disagree"] if args.show else []:
                    real = "integer" if n["runtime_integer"] else "float"
                    print(f"    {n['node']} ({n['op']}): {n['verdict']} by {n['rule']}, is {real}")
    agreement, lines, good = {}, [], True
    for target in RUNTIMES:
        judged = [r for r in rows if r["target"] == target and r.get("nodes")]
        nodes = sum(r["nodes"] for r in judged)
        share = sum(r["agree"] for r in judged) / nodes if nodes else 0.0
        good = good and share >= args.least
        agreement[target] = {"files": len(judged), "nodes": nodes, "share": round(share, 4)}
        lines.append(f"{target}: {100 * share:.2f} % of {nodes} nodes in {len(judged)} files")
        print(lines[-1])
    if args.output:
        documents.write_document(
            args.output, "predicted fusion against the runtimes", "; ".join(lines),
            ["scripts/check-fusion"], [package for package, _ in RUNTIMES.values()],
            agreement=agreement, rows=rows)  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.HarnessError as e:
        print(f"error: {e}", file=sys.stderr)
        sys.exit(2)
