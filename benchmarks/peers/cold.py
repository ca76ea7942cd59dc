#!/usr/bin/env python3
"""How long a whole command takes from its start to its end, and the most memory that it holds: ShallowNet's command line
and each peer's script load a NumPy file, train W1 (10,000 iterations) or W2 (10 iterations) and write the weights.

Results go to benchmarks/results/. The first run of each is not counted: it builds, or reads the files into memory.

  benchmarks/peers/cold.py
  benchmarks/peers/cold.py --runs 5 w2
"""
import argparse
import json
import os
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", help="w1, w2 (default: both)")
    parser.add_argument("--runs", type=int, default=3, help="how many runs count (default 3)")
    parser.add_argument("--peers", default=",".join(PEERS), help="which peers")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/cold-DATE.json)")
    options = parser.parse_args()
    project.build()
    file = options.json or project.RESULTS / f"cold-{project.date()}.json"
    results = {"what": "whole commands: seconds and peak bytes", "jdk": project.java_version(project.java_home()), **project.origin(), "works": {}}
    with tempfile.TemporaryDirectory() as folder:
        for work in options.works or WORKS:
            description = contestants.describe(work)
            commands = {"shallownet": (ours(work, description, folder), None)}
            for name in options.peers.split(","):
                script = str(contestants.HERE / PEERS[name][0])
                commands[name] = ([contestants.python(), script, description, "--once", str(WORKS[work][2])], contestants.peer_environment(name))
            measured = {name: {"seconds": [], "peak_bytes": []} for name in commands}
            for turn in range(options.runs + 1):
                for name, (command, environment) in commands.items():
                    seconds, peak = run(command, environment)
                    if turn > 0:
                        measured[name]["seconds"].append(seconds)
                        measured[name]["peak_bytes"].append(peak)
            results["works"][work] = measured
            project.write_record(file, results)
            print(f"\n{work.upper()}, {WORKS[work][2]:,} iterations, whole command\n\n| | median s (least–most) | peak memory |\n|---|---|---|")
            for name, entry in measured.items():
                times = entry["seconds"]
                print(f"| {name} | {statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f}) | {max(entry['peak_bytes']) / 2**20:.0f} MiB |")


if __name__ == "__main__":
    main()
