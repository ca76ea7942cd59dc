#!/usr/bin/env python3
"""Measures what ShallowNet's defaults give on small tables, beside scikit-learn's.

Each table is cut into 2 x 5 shuffled folds, stratified by class; every model learns four fifths of the rows with no
option but the target and is judged on the fifth that it has not seen. Accuracy for classes, R2 for numbers. One run of
2 x 5 folds varies by some tenths of a percent with the folds, so several are made with different fold seeds.

Needs Python 3.9 alone. With scikit-learn installed its multilayer perceptron's and linear model's defaults, behind a
StandardScaler, are measured on the same folds, and its diabetes table (which has no licence that lets us ship it) too.

  benchmarks/defaults/run.py                    one run of 2 x 5 folds
  benchmarks/defaults/run.py --runs 10 --json benchmarks/results/defaults.json
"""
import argparse
import csv
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "shallownet"
TABLES = {
    # name: file, target, regression, what is asked of the mean
    "breast_cancer": ("breast_cancer.csv", "diagnosis", False, 0.975),
    "digits": ("digits.csv", "digit", False, 0.975),
    "planar": ("planar.csv", "label", False, 0.83),
    "diabetes": (None, "progression", True, 0.46),
}
FOLDS = 5
REPEATS = 2
FIRST_SEED = 1000


def read_table(file):
    with open(file, newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    return rows[0], rows[1:]


def diabetes():
    """Scikit-learn's copy of the table of Efron et al., Least Angle Regression, 2004, in its own units."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    rows = [[repr(float(v)) for v in x] + [repr(float(y))] for x, y in zip(data.data, data.target)]
    return list(data.feature_names) + ["progression"], rows


def folds(labels, seed):
    """The row numbers of each fold: shuffled, each class dealt out evenly."""
    shuffled = random.Random(seed)
    parts = [[] for _ in range(FOLDS)]
    groups = {}
    for row, label in enumerate(labels):
        groups.setdefault(label, []).append(row)
    dealt = 0
    for label in sorted(groups):
        rows = groups[label]
        shuffled.shuffle(rows)
        for row in rows:
            parts[dealt % FOLDS].append(row)
            dealt += 1
    return parts


def write_table(file, header, rows):
    with open(file, "w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([header] + rows)


def shallownet(*arguments):
    done = subprocess.run(
        [str(LAUNCHER), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(f"shallownet {' '.join(map(str, arguments))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def score_ours(folder, header, train, test, target, regression):
    write_table(folder / "train.csv", header, train)
    write_table(folder / "test.csv", header, test)
    model = folder / "model.onnx"
    shallownet("train", folder / "train.csv", "--target", target, "--out", model, "--quiet", "--json")
    result = shallownet("evaluate", model, folder / "test.csv", "--json")
    return result["metrics"]["r2" if regression else "accuracy"]


def peers(regression):
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    perceptron, linear = (MLPRegressor, LinearRegression) if regression else (MLPClassifier, LogisticRegression)
    return {
        "scikit-learn MLP": lambda: make_pipeline(StandardScaler(), perceptron(random_state=0)),
        "scikit-learn linear": lambda: make_pipeline(StandardScaler(), linear()),
    }


def score_peer(make, header, train, test, target, regression):
    import warnings

    column = header.index(target)

    def split(rows):
        x = [[float(v) for i, v in enumerate(row) if i != column] for row in rows]
        y = [float(row[column]) if regression else row[column] for row in rows]
        return x, y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their defaults stop before they converge, and say so for every fold
        model = make().fit(*split(train))
    return model.score(*split(test))


def measure(name, runs, with_peers, folder):
    file, target, regression, _ = TABLES[name]
    header, rows = diabetes() if file is None else read_table(ROOT / "examples" / file)
    column = header.index(target)
    labels = ["" if regression else row[column] for row in rows]
    methods = {"ShallowNet": None}
    if with_peers:
        methods.update(peers(regression))
    means = {method: [] for method in methods}
    for run in range(runs):
        scores = {method: [] for method in methods}
        for repeat in range(REPEATS):
            parts = folds(labels, FIRST_SEED + run * REPEATS + repeat)
            for held_out in range(FOLDS):
                test = [rows[i] for i in sorted(parts[held_out])]
                train = [rows[i] for f in range(FOLDS) if f != held_out for i in parts[f]]
                for method, make in methods.items():
                    score = (
                        score_ours(folder, header, train, test, target, regression)
                        if make is None
                        else score_peer(make, header, train, test, target, regression)
                    )
                    scores[method].append(score)
        for method in methods:
            means[method].append(statistics.mean(scores[method]))
    return means


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1, help="how many runs of 2 x 5 folds (default 1)")
    parser.add_argument("--tables", default=",".join(TABLES), help="which tables (default: all)")
    parser.add_argument("--json", type=Path, help="write all results to this file")
    options = parser.parse_args()
    try:
        import sklearn

        peer_version = sklearn.__version__
    except ImportError:
        peer_version = None
    chosen = options.tables.split(",")
    if peer_version is None and "diabetes" in chosen:
        print("diabetes is left out: it comes with scikit-learn, which is not installed", file=sys.stderr)
        chosen.remove("diabetes")
    subprocess.run([str(LAUNCHER), "--version"], check=True, stdout=subprocess.DEVNULL)

    results = {}
    print(f"{'table':15}{'method':22}{'mean':>8}{'sd':>8}{'min':>8}{'max':>8}   asked")
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            results[name] = measure(name, options.runs, peer_version is not None, Path(folder))
            for method, means in results[name].items():
                spread = statistics.stdev(means) if len(means) > 1 else float("nan")
                asked = f"{TABLES[name][3]:8.3f}" if method == "ShallowNet" else ""
                print(
                    f"{name:15}{method:22}{statistics.mean(means):8.4f}{spread:8.4f}"
                    f"{min(means):8.4f}{max(means):8.4f}{asked}",
                    flush=True,
                )
    if options.json:
        version = subprocess.run([str(LAUNCHER), "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
        record = {
            "what": "mean score of 2 x 5 folds for each run; fold seeds from 1000",
            "shallownet": version,
            "scikit-learn": peer_version,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "means": results,
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
