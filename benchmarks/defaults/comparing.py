#!/usr/bin/env python3
"""Measures what `compare` saves: by a dev set, by folds, and as an ensemble.

On tables: one shuffled fifth of the rows, stratified by class, is kept for judging; every way learns from the others. On
the planar table of the exercise (two petals' classes that overlap) all 400 points are learned from, and 10,000 fresh ones
judge, drawn by the same formula with Python's random numbers. The tables are those of run.py.

  benchmarks/defaults/comparing.py --planar 5              the planar table, five seeds
  benchmarks/defaults/comparing.py --tables DIR --rows 1000 --json FILE
"""
import argparse
import csv
import json
import math
import random
import statistics
import tempfile
import time
from pathlib import Path

import run

WAYS = {
    "dev set": [],
    "folds": ["--folds", "5"],
    "folds, ensemble": ["--folds", "5", "--ensemble"],
}
EXERCISE = (
    "--optimizer gd --learning-rate 1.2 --batch-size full --epochs 10000 --l2 0 --dev-fraction 0 --no-standardize"
    " --hidden 4 --activation tanh --init normal:0.01"
)
FRESH_SEED = 1
FRESH_POINTS = 10_000


def compared(options, folder, data, target):
    model = folder / "model.onnx"
    run.shallownet("compare", data, "--target", target, *options, "--out", model, "--quiet")
    return model


def write_flower(file, points, seed):
    """As many points of each class: t noisy around an even walk, r = 4 sin 4t and noise, x = (r sin t, r cos t)."""
    noise = random.Random(seed)
    rows = []
    for label in (0, 1):
        for i in range(points // 2):
            t = 3.12 * (label + i / (points // 2 - 1)) + 0.2 * noise.gauss(0, 1)
            r = 4 * math.sin(4 * t) + 0.2 * noise.gauss(0, 1)
            rows.append([repr(r * math.sin(t)), repr(r * math.cos(t)), label])
    run.write_table(file, ["x1", "x2", "label"], rows)


def planar(seeds, folder):
    """The accuracy on fresh points, and that of one network with the settings of the exercise."""
    fresh = folder / "fresh.csv"
    write_flower(fresh, FRESH_POINTS, FRESH_SEED)
    data = run.ROOT / "examples" / "planar.csv"
    results = {}
    for way, options in {"the exercise": None, **WAYS}.items():
        for seed in range(seeds):
            began = time.perf_counter()
            if options is None:
                model = folder / "model.onnx"
                words = [*EXERCISE.split(), "--seed", seed, "--out", model, "--quiet"]
                run.shallownet("train", data, "--target", "label", *words)
            else:
                model = compared([*options, "--seed", seed], folder, data, "label")
            seconds = time.perf_counter() - began
            told = json.loads(run.shallownet("evaluate", model, fresh, "--target", "label", "--json"))
            found = told["metrics"]["accuracy"]
            results.setdefault(way, []).append({"accuracy": found, "seconds": seconds})
            print(f"planar, {way}, seed {seed}: accuracy {found:.4f}, {seconds:.0f} s", flush=True)
    return results


def on_table(table, folder_of_tables, most, folder):
    file, target, regression, ignored = table
    header, rows = run.read_table(folder_of_tables / file, target, regression, ignored, most)
    column = header.index(target)
    parts = run.folds(["" if regression else row[column] for row in rows], run.FIRST_SEED)
    held = set(parts[0])
    train = [row for i, row in enumerate(rows) if i not in held]
    test = [row for i, row in enumerate(rows) if i in held]
    run.write_table(folder / "train.csv", header, train)
    run.write_table(folder / "test.csv", header, run.filled(train, test))
    task = ["--task", "regression"] if regression else []
    results = {}
    for way, options in WAYS.items():
        began = time.perf_counter()
        # Two activations are enough to see what choosing does.
        model = compared(
            ["--activations", "tanh,relu", *task, *options], folder, folder / "train.csv", target
        )
        seconds = time.perf_counter() - began
        told = run.shallownet("predict", model, folder / "test.csv", *([] if regression else ["--probabilities"]))
        lines = list(csv.reader(told.splitlines()))
        if regression:
            predicted = [float(line[0]) for line in lines[1:]]
        else:
            predicted = [dict(zip(lines[0][1:], map(float, line[1:]))) for line in lines[1:]]
        results[way] = run.score(predicted, [row[column] for row in test], regression)
        results[way]["seconds"] = seconds
    return results


def tell(results):
    """How the others compare with the dev set: log loss of classes, rmse of numbers."""
    for way in list(WAYS)[1:]:
        ratios = []
        for table in results.values():
            what = "log_loss" if "log_loss" in table[way] else "rmse"
            ratios.append(math.log(table[way][what] / table["dev set"][what]))
        mean = statistics.mean(ratios)
        error = statistics.stdev(ratios) / math.sqrt(len(ratios)) if len(ratios) > 1 else math.nan
        p = run.wilcoxon(ratios)
        print(
            f"{way}: log loss or rmse {100 * math.expm1(mean):+.1f} ± {100 * error:.1f} % (geometric mean)"
            " against a dev set,"
            f" better on {sum(r < 0 for r in ratios)} of {len(ratios)}"
            + ("" if p is None else f", Wilcoxon p = {p:.3f}")
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planar", type=int, default=0, help="on the planar table, with so many seeds")
    parser.add_argument("--tables", type=Path, help="the folder with the tables of R packages")
    parser.add_argument("--only", help="names of tables, with commas (default: all)")
    parser.add_argument("--rows", type=int, default=0, help="the most rows of a table (default: all)")
    parser.add_argument("--json", type=Path, help="write all results to this file")
    options = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        if options.planar:
            results["planar"] = planar(options.planar, Path(folder))
        if options.tables:
            tables = {}
            for name, table in run.TABLES.items():
                if options.only is None or name in options.only.split(","):
                    tables[name] = on_table(table, options.tables, options.rows, Path(folder))
                    print(name, json.dumps(tables[name]), flush=True)
            tell(tables)
            results["tables"] = tables
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
