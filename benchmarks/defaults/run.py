#!/usr/bin/env python3
"""Measures what ShallowNet gives on tables with no option but the target, beside the defaults of others.

Each table is cut into 5 shuffled folds, stratified by class; every method learns four fifths of the rows and is judged
on the fifth that it has not seen, from its predictions, by the same code: error and log loss for classes, root mean
squared error for numbers. Cells are as they are in the file, words and missing ones among them; the methods of others
stand behind the usual one-hot encoding, medians and scaling. They need scikit-learn and pandas, and LightGBM where it is
installed; without, ShallowNet is measured alone.

  benchmarks/defaults/run.py                               the tables in examples/, and scikit-learn's diabetes
  benchmarks/defaults/run.py --tables DIR --json FILE      17 tables of R packages as CSV files (see TABLES)
  benchmarks/defaults/run.py --tables DIR --rows 2500      at most so many rows of each, drawn at random
  benchmarks/defaults/run.py --efforts --tables DIR        ours alone, with --effort fast, normal and high
"""
import argparse
import csv
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "shallownet"
FOLDS = 5
FIRST_SEED = 1000
SMALLEST_CLASS = FOLDS
MISSING = ("", "NA", "?")
EXAMPLES = {
    # name: file, target, regression, columns to leave out
    "breast_cancer": ("breast_cancer.csv", "diagnosis", False, []),
    "digits": ("digits.csv", "digit", False, []),
    "planar": ("planar.csv", "label", False, []),
    "diabetes": (None, "progression", True, []),
}
TABLES = {
    # Of the R packages modeldata, carData, AER, mlbench, MASS, kernlab and ggplot2, as Rdatasets and CRAN have them.
    "attrition": ("attrition.csv", "Attrition", False, []),
    "credit": ("credit_data.csv", "Status", False, []),
    "cells": ("cells.csv", "class", False, ["case"]),
    "churn": ("mlc_churn.csv", "churn", False, ["state"]),
    "hpc": ("hpc_data.csv", "class", False, []),
    "chile": ("Chile.csv", "vote", False, []),
    "spam": ("spam.csv", "type", False, []),
    "biopsy": ("biopsy.csv", "class", False, ["ID"]),
    "soybean": ("Soybean.csv", "Class", False, []),
    "ames": ("ames.csv", "Sale_Price", True, []),
    "concrete": ("concrete.csv", "compressive_strength", True, []),
    "sacramento": ("Sacramento.csv", "price", True, ["zip", "city"]),
    "cars": ("car_prices.csv", "Price", True, []),
    "diamonds": ("diamonds.csv", "price", True, []),
    "cps": ("CPS1988.csv", "wage", True, []),
    "caschools": ("CASchools.csv", "math", True, ["district", "school", "county", "read"]),
    "biomass": ("biomass.csv", "HHV", True, ["sample", "dataset"]),
}
OURS = {"ShallowNet": [], "ShallowNet, one network": ["--effort", "fast"]}
HIGH = {"ShallowNet, high": ["--effort", "high"]}


def diabetes():
    """Scikit-learn's copy of the table of Efron et al., Least Angle Regression, 2004, in its own units."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes(scaled=False)
    rows = [[repr(float(v)) for v in x] + [repr(float(y))] for x, y in zip(data.data, data.target)]
    return list(data.feature_names) + ["progression"], rows


def read_table(file, target, regression, ignored, most):
    """The header and the rows whose target is known and of no class that is too rare for folds."""
    if file is None:
        header, rows = diabetes()
    else:
        with open(file, newline="", encoding="utf-8") as lines:
            header, *rows = csv.reader(lines)
    kept = [i for i, name in enumerate(header) if name not in ignored]
    header = [header[i] for i in kept]
    at = header.index(target)
    rows = [[row[i] for i in kept] for row in rows]
    rows = [row for row in rows if row[at] not in MISSING]
    if most and len(rows) > most:
        rows = random.Random(1).sample(rows, most)
    if not regression:
        counts = {}
        for row in rows:
            counts[row[at]] = counts.get(row[at], 0) + 1
        rows = [row for row in rows if counts[row[at]] >= SMALLEST_CLASS]
    return header, rows


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
    return done.stdout


def filled(train, test):
    """The test rows with medians where a number is missing that no training row lacks: ShallowNet refuses such rows."""
    test = [list(row) for row in test]
    for column in range(len(train[0])):
        cells = [row[column] for row in train]
        lacking = [row for row in test if row[column] in MISSING]
        if lacking and not any(cell in MISSING for cell in cells):
            try:
                median = repr(statistics.median(float(cell) for cell in cells))
            except ValueError:
                continue  # words, of which any may be missing
            for row in lacking:
                row[column] = median
    return test


def ours(options, folder, header, train, test, target, regression):
    """Predictions for the test rows: a number each, or probabilities by class; and the score that training says."""
    write_table(folder / "train.csv", header, train)
    write_table(folder / "test.csv", header, filled(train, test))
    model = folder / "model.onnx"
    task = ["--task", "regression"] if regression else []
    told = shallownet(
        "train", folder / "train.csv", "--target", target, *task, *options, "--out", model, "--quiet", "--json"
    )
    predicted = shallownet(
        "predict", model, folder / "test.csv", *([] if regression else ["--probabilities"])
    )
    lines = list(csv.reader(predicted.splitlines()))
    cross_validated = json.loads(told).get("cross_validation")
    if regression:
        return [float(line[0]) for line in lines[1:]], cross_validated
    names = lines[0][1:]
    return [dict(zip(names, map(float, line[1:]))) for line in lines[1:]], cross_validated


def peers(regression):
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    def behind(model):
        def make(numbers, words):
            return make_pipeline(
                make_column_transformer(
                    (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
                    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), words),
                ),
                model(),
            )

        return make

    methods = {
        "HistGradientBoosting": HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier,
        "RandomForest": RandomForestRegressor if regression else RandomForestClassifier,
        "MLP": MLPRegressor if regression else MLPClassifier,
    }
    made = {name: behind(lambda kind=kind: kind(random_state=0)) for name, kind in methods.items()}
    made["linear"] = behind(Ridge if regression else LogisticRegression)
    try:
        import lightgbm

        kind = lightgbm.LGBMRegressor if regression else lightgbm.LGBMClassifier
        made["LightGBM"] = behind(lambda: kind(random_state=0, verbosity=-1))
    except ImportError:
        print("LightGBM is left out: it is not installed", file=sys.stderr)
    return made


def theirs(make, header, train, test, target, regression):
    import warnings

    import pandas

    def frame(rows):
        table = pandas.DataFrame(rows, columns=header)
        return table.drop(columns=target).replace(dict.fromkeys(MISSING)), table[target]

    x, y = frame(train)
    x_test, _ = frame(test)
    numbers, words = [], []
    for name in x.columns:
        parsed = pandas.to_numeric(x[name], errors="coerce")
        if parsed.isna().sum() == x[name].isna().sum():
            numbers.append(name)
            x[name] = parsed
            x_test[name] = pandas.to_numeric(x_test[name], errors="coerce")
        else:
            words.append(name)
            x[name] = x[name].fillna("missing").astype(str)
            x_test[name] = x_test[name].fillna("missing").astype(str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their defaults stop before they converge, and say so for every fold
        model = make(numbers, words).fit(x, y.astype(float) if regression else y)
        if regression:
            return list(model.predict(x_test))
        return [dict(zip(model.classes_, row)) for row in model.predict_proba(x_test)]


def score(predictions, truth, regression):
    """What is to be small: error and log loss for classes, the root mean squared error for numbers."""
    if regression:
        squares = [(p - float(t)) ** 2 for p, t in zip(predictions, truth)]
        return {"rmse": math.sqrt(sum(squares) / len(squares))}
    wrong = sum(max(p, key=p.get) != t for p, t in zip(predictions, truth))
    loss = sum(-math.log(max(p.get(t, 0), 1e-7)) for p, t in zip(predictions, truth))
    return {"error": wrong / len(truth), "log_loss": loss / len(truth)}


def measure(table, folder_of_tables, most, own, with_peers, folder):
    file, target, regression, ignored = table
    path = None if file is None else folder_of_tables / file
    header, rows = read_table(path, target, regression, ignored, most)
    column = header.index(target)
    parts = folds(["" if regression else row[column] for row in rows], FIRST_SEED)
    results = {}
    for held_out in range(FOLDS):
        test = [rows[i] for i in sorted(parts[held_out])]
        train = [rows[i] for f in range(FOLDS) if f != held_out for i in parts[f]]
        truth = [row[column] for row in test]
        for method, options in own.items():
            began = time.perf_counter()
            predicted, said = ours(options, folder, header, train, test, target, regression)
            found = score(predicted, truth, regression)
            found["seconds"] = time.perf_counter() - began
            if said:
                found["said"] = said["rmse"] if regression else said["log_loss"]
            results.setdefault(method, []).append(found)
        for method, make in (peers(regression) if with_peers else {}).items():
            began = time.perf_counter()
            found = score(theirs(make, header, train, test, target, regression), truth, regression)
            found["seconds"] = time.perf_counter() - began
            results.setdefault(method, []).append(found)
    return {"rows": len(rows), "columns": len(header) - 1, "regression": regression, "folds": results}


def main_score(table):
    return "rmse" if table["regression"] else "error"


def mean(table, method, what):
    return statistics.mean(fold[what] for fold in table["folds"][method])


def ranks(values):
    """1 for the smallest; equal values share the mean of their places."""
    return [
        1 + sum(other < value for other in values) + (sum(other == value for other in values) - 1) / 2
        for value in values
    ]


def log_ratios(results, method, what):
    """How many times ours a method's mean score is, as a logarithm, for each table that has both above 0."""
    pairs = [
        (mean(table, method, what), mean(table, "ShallowNet", what))
        for table in results.values()
        if what in table["folds"][method][0]
    ]
    return [math.log(theirs / ours) for theirs, ours in pairs if theirs > 0 and ours > 0]


def clearly_worse(table, method):
    """Whether ours is worse than a method by more than two standard errors of their differences over the folds."""
    what = main_score(table)
    both = zip(table["folds"]["ShallowNet"], table["folds"][method])
    differences = [ours[what] - theirs[what] for ours, theirs in both]
    return statistics.mean(differences) > 2 * statistics.stdev(differences) / math.sqrt(len(differences))


def summary(results):
    """For each method its mean rank over tables and folds, and how its errors compare with those of ours."""
    methods = list(next(iter(results.values()))["folds"])
    collected = {method: [] for method in methods}
    for table in results.values():
        for fold in range(FOLDS):
            found = [round(table["folds"][m][fold][main_score(table)], 9) for m in methods]
            for method, rank in zip(methods, ranks(found)):
                collected[method].append(rank)
    lines = {}
    for method in methods:
        ratios = log_ratios(results, method, "error") + log_ratios(results, method, "rmse")
        log_losses = log_ratios(results, method, "log_loss")
        lines[method] = {
            "mean_rank": statistics.mean(collected[method]),
            "error_against_ours": math.expm1(statistics.mean(ratios)),
            "log_loss_against_ours": math.expm1(statistics.mean(log_losses)) if log_losses else None,
            "seconds": statistics.mean(mean(t, method, "seconds") for t in results.values()),
            "worse_on": sum(ratio > 0 for ratio in ratios),
            "p": wilcoxon(ratios) if method != "ShallowNet" else None,
            "ours_worse_by_two_standard_errors": [
                name for name, table in results.items() if clearly_worse(table, method)
            ],
        }
    return lines


def wilcoxon(differences):
    """Two-sided signed-rank test over tables; None where scipy is not installed or nothing differs."""
    try:
        from scipy.stats import wilcoxon as test
    except ImportError:
        return None
    return float(test(differences).pvalue) if any(differences) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, help="the folder with the tables of R packages")
    parser.add_argument("--efforts", action="store_true", help="no methods of others, but --effort high")
    parser.add_argument("--only", help="names of tables, with commas (default: all)")
    parser.add_argument("--rows", type=int, default=0, help="the most rows of a table (default: all)")
    parser.add_argument("--json", type=Path, help="write all results to this file")
    options = parser.parse_args()
    try:
        import pandas
        import sklearn

        versions = {"scikit-learn": sklearn.__version__, "pandas": pandas.__version__}
    except ImportError:
        versions = {}
        print("others are left out: scikit-learn and pandas are not installed", file=sys.stderr)
    own = OURS | HIGH if options.efforts else OURS
    with_peers = bool(versions) and not options.efforts
    tables = TABLES if options.tables else EXAMPLES
    chosen = options.only.split(",") if options.only else list(tables)
    if not versions and "diabetes" in chosen:
        chosen.remove("diabetes")
    version = subprocess.run([str(LAUNCHER), "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            source = options.tables or ROOT / "examples"
            results[name] = measure(tables[name], source, options.rows, own, with_peers, Path(folder))
            what = main_score(results[name])
            for method in results[name]["folds"]:
                seconds = mean(results[name], method, "seconds")
                print(f"{name:15}{method:26}{what:7}{mean(results[name], method, what):12.5g}{seconds:8.1f} s", flush=True)
    told = summary(results)
    print(
        f"\n{'method':26}{'mean rank':>10}{'error vs ours':>15}{'log loss':>10}{'worse on':>10}{'p':>9}{'s':>8}"
        "  ours worse by two standard errors on"
    )
    for method, line in sorted(told.items(), key=lambda entry: entry[1]["mean_rank"]):
        p = "" if line["p"] is None else f"{line['p']:.2g}"
        lost = line["log_loss_against_ours"]
        lost = "" if lost is None else f"{100 * lost:+.0f}%"
        print(
            f"{method:26}{line['mean_rank']:10.2f}{100 * line['error_against_ours']:+14.1f}%{lost:>10}"
            f"{line['worse_on']:7} of {len(results)}{p:>9}{line['seconds']:8.1f}"
            f"  {', '.join(line['ours_worse_by_two_standard_errors'])}"
        )
    if options.json:
        record = {
            "what": f"{FOLDS} folds, seed {FIRST_SEED}; error and log loss of classes, rmse of numbers",
            "shallownet": version,
            **versions,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "most_rows": options.rows or None,
            "summary": told,
            "tables": results,
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
