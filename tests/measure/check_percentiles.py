"""Recomputes a report's statistics from its raw samples, with Python's standard library only.

usage: check_percentiles.py REPORT...; exit code 1 when a figure differs, 4 when no file exists.

Percentiles, minimum and maximum to the nanosecond; mean, standard deviation and lag-1 correlation
to rounding; each interval must lie on two samples, hold the percentile, and be no narrower than the
rank interval of independent runs. Where the effective number of runs is that number, it must equal
that interval.
"""

import json
import math
import os
import sys
from fractions import Fraction

QUANTILES = {"p50": Fraction(1, 2), "p90": Fraction(9, 10), "p95": Fraction(19, 20),
             "p99": Fraction(99, 100)}


def binomial_ranks(n, q):
    """Largest l with P(B <= l - 1) <= 2.5 %, smallest u with P(B <= u - 1) >= 97.5 %."""
    p = float(q)
    low, high, below = 0, n + 1, 0.0
    for k in range(n + 1):
        below += math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
                          + k * math.log(p) + (n - k) * math.log1p(-p))
        if below <= 0.025 and k + 1 <= n:
            low = k + 1
        if below >= 0.975:
            return low, k + 1
    return low, high


def lag1(blocks):
    variance = covariance = 0.0
    for block in blocks:
        if len(block) < 2:
            continue
        mean = math.fsum(block) / len(block)
        d = [x - mean for x in block]
        variance += math.fsum(x * x for x in d)
        covariance += math.fsum(x * y for x, y in zip(d, d[1:]))
    return covariance / variance if variance > 0 else 0.0


def near(a, b, tolerance=1e-9):
    return a is not None and abs(a - b) <= tolerance * max(1.0, abs(b))


def problems_of(result):
    blocks = [block["samples_ns"] for block in result["blocks"]]
    samples = sorted(x for block in blocks for x in block)
    latency = result["latency_ns"]
    n = len(samples)
    if latency["n"] != n:
        yield f"n is {n}, not {latency['n']}"
    if n == 0:
        return
    mean = float(Fraction(sum(samples), n))
    if latency["min"] != samples[0] or latency["max"] != samples[-1]:
        yield f"range is {samples[0]} to {samples[-1]}"
    if not near(latency["mean"], mean):
        yield f"mean is {mean}, not {latency['mean']}"
    deviation = math.sqrt(math.fsum((x - mean) ** 2 for x in samples) / (n - 1)) if n > 1 else 0.0
    if not near(latency["stddev"], deviation, 1e-7):
        yield f"stddev is {deviation}, not {latency['stddev']}"
    if not near(latency["lag1"], lag1(blocks), 1e-6):
        yield f"lag1 is {lag1(blocks)}, not {latency['lag1']}"
    if not 0 < latency["n_effective"] <= n * (1 + 1e-12):
        yield f"n_effective is {latency['n_effective']} of {n}"
    for name, q in QUANTILES.items():
        entry = latency[name]
        low, high = binomial_ranks(n, q)
        if entry["value"] is None:
            if not entry["reason"]:
                yield f"{name} is withheld without a reason"
            if "n_effective" in entry and near(entry["n_effective"], n) and low >= 1 and high <= n:
                yield f"{name} is withheld although {n} independent runs are enough"
            continue
        if entry["estimator"] != "nearest_rank_ceil":
            yield f"{name} is of {entry['estimator']}"
        value = samples[math.ceil(q * n) - 1]
        if entry["value"] != value:
            yield f"{name} is {value}, not {entry['value']}"
        if low < 1 or high > n:
            yield f"{name} is given, but {n} runs have no interval"
            continue
        given = entry["ci_low"], entry["ci_high"]
        if not given[0] <= value <= given[1] or not set(given) <= set(samples):
            yield f"{name} has the interval {given}"
        least = samples[low - 1], samples[high - 1]
        if given[0] > least[0] or given[1] < least[1]:
            yield f"{name}: {given} is narrower than that of independent runs, {least}"
        effective = entry.get("n_effective", latency["n_effective"] if name == "p50" else None)
        if effective is not None and near(effective, n, 1e-12) and given != least:
            yield f"{name} has the interval {given}, not {least}"


def main():
    paths = [path for path in sys.argv[1:] if os.path.exists(path)]
    if not paths:
        print("skipped: no report")
        return 4
    failed = checked = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        for result in report["results"]:
            checked += 1
            for problem in problems_of(result):
                print(f"{path}: {result['engine'].get('label', result['engine']['name'])}: {problem}")
                failed += 1
    print(f"{checked} results of {len(paths)} reports checked, {failed} differences")
    return 1 if failed or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
