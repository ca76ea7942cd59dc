#!/usr/bin/env python3
"""How long `shallownet compare` takes for the networks of W6 (four activations, 16 learning rates, 32 hidden units, plain
gradient descent, full batches of 10,000 samples, 1,000 epochs each), every epoch judged by 2,500 more samples: from the
command's start to its end, and as the command itself says, without starting and loading.

Results go to benchmarks/results/. The first run is not counted: it builds, or reads the files into memory.

  benchmarks/peers/comparing.py
  benchmarks/peers/comparing.py --runs 5
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import project

TRAIN, DEV, FEATURES = 10_000, 2_500, 10
RATES = [0.01 * 120 ** (i / 15) for i in range(16)]


def table(file):
    """Gaussian samples; the class says on which side of a curved surface, noise included, one lies."""
    random = np.random.default_rng(6)
    x = random.standard_normal((TRAIN + DEV, FEATURES))
    linear, curved = random.standard_normal((2, FEATURES)) / FEATURES**0.5
    y = x @ linear + (x @ curved) ** 2 - 1 + random.standard_normal(TRAIN + DEV) / 2 > 0
    np.save(file, np.column_stack([x, y]).astype(np.float32))


def command(data, epochs, model):
    return [
        str(project.ROOT / "shallownet"), "compare", str(data), "--target", str(FEATURES),
        "--activations", "relu,leaky-relu,tanh,sigmoid", "--hidden", "32",
        "--learning-rates", ",".join(f"{rate:.4g}" for rate in RATES), "--seeds", "1",
        "--optimizer", "gd", "--batch-size", "full", "--epochs", str(epochs), "--patience", str(epochs), "--l2", "0",
        "--backend", "cpu", "--json", "--quiet", "--out", str(model),
    ]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="how many runs count (default 3)")
    parser.add_argument("--epochs", type=int, default=1000, help="epochs of each network (default 1000)")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/comparing-DATE.json)")
    options = parser.parse_args()
    results = {
        "what": "shallownet compare, 64 networks 10-32-1 on 10,000 samples, judged by 2,500",
        "epochs": options.epochs,
        "jdk": project.java_version(project.java_home()),
        **project.origin(),
        "whole_seconds": [],
        "training_seconds": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "table.npy"
        table(data)
        for run in range(options.runs + 1):
            started = time.perf_counter()
            done = subprocess.run(command(data, options.epochs, Path(folder) / "best.onnx"), stdout=subprocess.PIPE, check=True)
            seconds = time.perf_counter() - started
            answer = json.loads(done.stdout)
            if answer["rows"] != TRAIN or answer["networks"] != 64:
                sys.exit(f"these are {answer['networks']} networks on {answer['rows']} rows")
            if run > 0:
                results["device"] = answer["device"]
                results["whole_seconds"].append(seconds)
                results["training_seconds"].append(answer["seconds"])
    project.write_record(options.json or project.RESULTS / f"comparing-{project.date()}.json", results)
    for what in ("whole_seconds", "training_seconds"):
        times = results[what]
        print(f"{what}: {statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f})")


if __name__ == "__main__":
    main()
