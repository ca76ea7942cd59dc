#!/usr/bin/env python3
"""How long a whole command takes from its start to its end, and the most memory that it holds: ShallowNet's command line
and each peer's script load a NumPy file, train W1 (10,000 iterations) or W2 (10 iterations) and write the weights. More
are ShallowNet's alone: its version, predictions for 1,000 rows of 20 columns, and trainings without options on them, on
100,000 rows of 30 columns (large) and on W2's million rows of 28 (million), which are run only where they are named.

Results go to benchmarks/results/. The first run of each is not counted: it builds, or reads the files into memory.

  benchmarks/peers/cold.py
  benchmarks/peers/cold.py --runs 7 version predict train --jdk /usr/lib/jvm/17 --jdk /usr/lib/jvm/25
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contestants
from contestants import PEERS, project

WORKS = {"w1": (4, 1.2, 10_000), "w2": (64, 0.5, 10)}
COMMANDS = {
    "version": ["--version"],
    "predict": ["predict", "MODEL", "TABLE", "--out", "OUT"],
    "train": ["train", "TABLE", "--target", "y", "--quiet", "--out", "TRAINED"],
    "large": ["train", "LARGE", "--target", "y", "--quiet", "--out", "TRAINED"],
    "million": ["train", "MILLION", "--target", "28", "--quiet", "--out", "TRAINED"],
}
USUAL = [*WORKS, "version", "predict", "train"]


def run(command, environment=None):
    """Seconds and peak bytes of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}:\n{errors.decode()[-2000:]}")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def ours(work, description, folder):
    with open(description, encoding="utf-8") as text:
        data = json.load(text)
    hidden, rate, epochs = WORKS[work]
    return [
        str(project.ROOT / "shallownet"), "train", data["data"], "--target", str(data["features"]),
        "--hidden", str(hidden), "--activation", "tanh", "--optimizer", "gd", "--learning-rate", str(rate),
        "--batch-size", "full", "--epochs", str(epochs), "--dev-fraction", "0", "--no-standardize", "--l2", "0",
        "--backend", "cpu", "--quiet", "--out", str(Path(folder) / "model.onnx"),
    ]  # fmt: skip


def table(file, rows, columns):
    """Rows of numbers and a class, which a product of two of them and a third decide."""
    draw = random.Random(1)
    with open(file, "w", encoding="utf-8") as out:
        print(*(f"x{i}" for i in range(columns)), "y", sep=",", file=out)
        for _ in range(rows):
            x = [draw.gauss(0, 1) for _ in range(columns)]
            print(*(f"{v:.5f}" for v in x), "yes" if x[0] * x[1] + x[2] + draw.gauss(0, 0.5) > 0 else "no", sep=",", file=out)


def command(name, folder):
    """One of our commands, and what it needs."""
    files = {word: str(Path(folder) / file) for word, file in
             {"TABLE": "table.csv", "LARGE": "large.csv", "MODEL": "fast.onnx", "TRAINED": "trained.onnx", "OUT": "out.csv"}.items()}  # fmt: skip
    launcher = str(project.ROOT / "shallownet")
    if not Path(files["TABLE"]).exists():
        table(files["TABLE"], 1000, 20)
    if name == "large":
        table(files["LARGE"], 100_000, 30)
    if name == "million":
        with open(contestants.describe("w2"), encoding="utf-8") as text:
            files["MILLION"] = json.load(text)["data"]
    if name == "predict" and not Path(files["MODEL"]).exists():
        options = ["--target", "y", "--hidden", "64", "--epochs", "20", "--quiet", "--out", files["MODEL"]]
        run([launcher, "train", files["TABLE"], *options], project.environment())
    return [launcher, *(files.get(word, word) for word in COMMANDS[name])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", help=f"of {', '.join([*WORKS, *COMMANDS])} (default: all but large and million)")
    parser.add_argument("--runs", type=int, default=3, help="how many runs count (default 3)")
    parser.add_argument("--peers", default=",".join(PEERS), help="which peers")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/cold-DATE.json)")
    parser.add_argument("--jdk", action="append", help="a JDK's folder for ours, several times for several")
    options = parser.parse_args()
    chosen = options.works or USUAL
    for work in chosen:
        if work not in WORKS and work not in COMMANDS:
            parser.error(f"unknown: {work}; choose of {', '.join([*WORKS, *COMMANDS])}")
    project.build()
    homes = [project.java_home(home) for home in options.jdk or [None]]
    file = options.json or project.RESULTS / f"cold-{project.date()}.json"
    results = {"what": "whole commands: seconds and peak bytes", "jdks": [project.java_version(home) for home in homes], **project.origin(), "works": {}}
    with tempfile.TemporaryDirectory() as folder:
        for work in chosen:
            commands = {}
            description = contestants.describe(work) if work in WORKS else None
            for home in homes:
                label = f"shallownet, JDK {project.java_version(home).split('.')[0]}"
                words = ours(work, description, folder) if work in WORKS else command(work, folder)
                commands[label] = (words, {**project.environment(), "JAVA_HOME": str(home)})
            for name in options.peers.split(",") if work in WORKS else []:
                script = str(contestants.HERE / PEERS[name][0])
                commands[name] = ([contestants.python(), script, description, "--once", str(WORKS[work][2])], contestants.peer_environment(name))
            measured = {name: {"seconds": [], "peak_bytes": []} for name in commands}
            for turn in range(options.runs + 1):
                for name, (words, environment) in commands.items():
                    seconds, peak = run(words, environment)
                    if turn > 0:
                        measured[name]["seconds"].append(seconds)
                        measured[name]["peak_bytes"].append(peak)
            results["works"][work] = measured
            project.write_record(file, results)
            what = f"{work.upper()}, {WORKS[work][2]:,} iterations" if work in WORKS else f"`{work}`"
            print(f"\n{what}, whole command\n\n| | median s (least–most) | peak memory |\n|---|---|---|")
            for name, entry in measured.items():
                times = entry["seconds"]
                print(f"| {name} | {statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f}) | {max(entry['peak_bytes']) / 2**20:.0f} MiB |")


if __name__ == "__main__":
    main()
