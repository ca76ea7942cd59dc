#!/usr/bin/env python3
"""Compares what train says is left with what was left, on the tables of run.py.

Each table is trained with no option but the target, rows without one left out. Every five seconds train says about how
long it will still take; a line counts from five seconds on and while at least a second is left, and is right if it is at
most twice too long or too short.

  benchmarks/defaults/time_left.py --tables DIR            all tables
  benchmarks/defaults/time_left.py --tables DIR ames spam  some
  benchmarks/defaults/time_left.py --tables DIR --effort high    trainings that take longer
"""
import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import project
import run

LEFT = re.compile(r"about (?:(\d+) h )?(?:(\d+) min ?)?(?:([\d.]+) s)? ?left")
FROM_SECONDS = 5
LEAST_SECONDS = 1
FACTOR = 2


def seconds_said(line):
    """What a line says is left, in seconds; None if it says nothing."""
    found = LEFT.search(line)
    if not found:
        return None
    hours, minutes, seconds = found.groups()
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)


def watch(tables, name, effort):
    file, target, _, ignored = run.TABLES[name]
    with tempfile.TemporaryDirectory() as folder:
        command = [str(run.LAUNCHER), "train", str(tables / file), "--target", target, "--out", f"{folder}/model.onnx"]
        command += ["--drop-unlabelled", "--effort", effort]
        command += ["--ignore", ",".join(ignored)] if ignored else []
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = []
        for line in process.stderr:
            left = seconds_said(line)
            if left is not None:
                said.append((time.monotonic() - started, left))
        if process.wait():
            sys.exit(f"{' '.join(command)} failed")
        took = time.monotonic() - started
    lines = [
        {"after": round(after, 1), "said": left, "left": round(took - after, 1)}
        for after, left in said
        if after >= FROM_SECONDS and took - after >= LEAST_SECONDS
    ]
    return {"seconds": round(took, 1), "lines": lines}


def right(line):
    return line["left"] / FACTOR <= line["said"] <= line["left"] * FACTOR


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="which tables (default: all)")
    parser.add_argument("--tables", type=Path, required=True, help="the folder of the CSV files")
    parser.add_argument("--effort", choices=["fast", "normal", "high"], default="normal")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/time-left-DATE.json)")
    options = parser.parse_args()
    file = options.json or project.RESULTS / f"time-left-{project.date()}.json"
    results = {"what": "seconds that train said were left, and that were left", "effort": options.effort, **project.origin(), "tables": {}}
    subprocess.run([str(run.LAUNCHER), "--version"], stdout=subprocess.DEVNULL, check=True)
    for name in options.names or list(run.TABLES):
        record = watch(options.tables, name, options.effort)
        results["tables"][name] = record
        project.write_record(file, results)
        lines = record["lines"]
        first = f", first {lines[0]['said']:g} s of {lines[0]['left']:g}" if lines else ""
        print(f"{name}: {record['seconds']:g} s, {sum(map(right, lines))} of {len(lines)} lines right{first}", flush=True)
    every = [line for record in results["tables"].values() for line in record["lines"]]
    first = [record["lines"][0] for record in results["tables"].values() if record["lines"]]
    print(f"all: {sum(map(right, every))} of {len(every)} lines right, of the first ones {sum(map(right, first))} of {len(first)}")


if __name__ == "__main__":
    main()
