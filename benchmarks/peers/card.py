#!/usr/bin/env python3
"""The table of what a card needs for the works a to e, from the results of a day with a card (ci/card).

Usage: card.py FOLDER

Reads FOLDER/jmh-*.json (ours), torch-*.jsonl and jax*.jsonl and prints a Markdown table: milliseconds, ours as the mean
of the iterations with the range, the peers' medians with their multiple of ours. Which engine the backend chose is read
from FOLDER/engines.txt, the lines of the benchmark's log that say it. An asterisk marks a peer that said no precision, and
so had its own default, which on a card may be less than float32.
"""

import glob
import json
import os
import re
import sys

WORKS = {
    "a": ("10M×28→64 tanh, a full-batch step", 1),
    "b": ("65,536×784→1,024 ReLU, ten classes, a step", 1),
    "c": ("logistic regression, 50M×28, a full-batch step", 1),
    "d": ("400×2→4 tanh, 10,000 full-batch steps", 10_000),
    "e": ("1,024 networks 10→32, 10,000 rows, a step of all", 1),
}
# A benchmark call of ours makes all steps of d and e, one of the others.
OURS_STEPS = {"e": 1000}


def ours(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "jmh-*.json"))):
        for result in json.load(open(path)):
            parameters = result["params"]
            runs = [value for fork in result["primaryMetric"]["rawData"] for value in fork]
            if not runs or parameters.get("backend") != "cuda":
                continue
            steps = OURS_STEPS.get(parameters["work"], 1)
            key = parameters["work"], parameters["precision"], parameters["engine"]
            found[key] = [value / steps for value in (result["primaryMetric"]["score"], min(runs), max(runs))]
    return found


def peers(folder):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "torch*.jsonl")) + glob.glob(os.path.join(folder, "jax*.jsonl"))):
        for line in open(path):
            row = json.loads(line)
            if row["work"] not in WORKS:
                continue
            precision = {"highest": "fp32", "default": "tf32"}.get(row.get("precision", "fp32"), row.get("precision", "fp32"))
            name = "JAX" if "jax" in row else "PyTorch " + row["mode"]
            # JAX's time of d is that of all 10,000 steps.
            scale = 1 if "jax" in row and row["work"] == "d" else WORKS[row["work"]][1]
            found[row["work"], precision, name] = row["value"] * scale, "precision" in row
    return found


def engines(folder):
    path = os.path.join(folder, "engines.txt")
    said = open(path).read() if os.path.exists(path) else ""
    return {(w, p): e for w, p, e in re.findall(r"engine of (\w+) on cuda in (\w+), asked for chosen: ([\w-]+)", said)}


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def times(factor):
    return f"{factor:.2f}" if factor < 1 else f"{factor:.1f}" if factor < 10 else f"{factor:.0f}"


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit(__doc__)
    mine, theirs, chosen = ours(sys.argv[1]), peers(sys.argv[1]), engines(sys.argv[1])
    columns = ["PyTorch eager", "PyTorch compiled", "PyTorch graph", "JAX"]
    print("| work | precision | ShallowNet, ms | engine | " + " | ".join(columns) + " |")
    print("|---" * (4 + len(columns)) + "|")
    for (work, precision, engine), (mean, least, most) in sorted(mine.items()):
        cells = []
        for column in columns:
            value, said = theirs.get((work, precision, column), (None, True))
            mark = "" if said else "\\*"
            cells.append("–" if value is None else f"{number(value)}{mark} ({times(value / mean)} ×)")
        if engine == "chosen":
            engine = chosen.get((work, precision), engine)
        spread = "" if least == most else f" ({number(least)}–{number(most)})"
        print(f"| {work}: {WORKS[work][0]} | {precision} | **{number(mean)}**{spread} | {engine} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
