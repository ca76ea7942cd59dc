#!/usr/bin/env python3
"""Samples per second of W2's network over the number of samples m, and over the number of hidden units, for us and peers.

Who takes part runs alone for each size: a warm-up, then trainings of some iterations, of which the median counts. Results
go to benchmarks/results/, size by size, so that a sweep that was stopped goes on where it was.

  benchmarks/peers/sweep.py            m from 10^3 to 10^7 with 64 units, 4 to 1,024 units with 10^5 samples
  benchmarks/peers/plot.py             draws the plot from the results
"""
import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contestants
from contestants import PEERS, Contestant, project

SAMPLES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
HIDDEN = [4, 16, 64, 256, 1024]
POINTS = [(m, 64) for m in SAMPLES] + [(100_000, h) for h in HIDDEN if h != 64]
TURNS = 3
TURN_SECONDS = 0.5
MOST_STEPS = 20_000


def measure(contestant):
    """Seconds of an iteration: of each turn the mean over as many iterations as take about TURN_SECONDS."""
    contestant.ask("load")
    # Twice, and then until it no longer gets faster: compilers take their time.
    contestant.ask("train", 2)
    steps, last = 2, contestant.ask("train", 2)["seconds"] / 2
    for _ in range(6):
        steps = max(1, min(MOST_STEPS, round(TURN_SECONDS / last)))
        now = contestant.ask("train", steps)["seconds"] / steps
        settled = now > 0.9 * last
        last = now
        if settled:
            break
    return steps, [contestant.ask("train", steps)["seconds"] / steps for _ in range(TURNS)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="numpy,pytorch,jax,scikit-learn", help="which peers (default: numpy,pytorch,jax,scikit-learn)")
    parser.add_argument("--jdk", help="the JDK's folder for ours (default: JAVA_HOME, else that of the java on the PATH)")
    parser.add_argument("--most-samples", type=int, default=SAMPLES[-1], help="leaves out larger sizes")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/sweep-DATE.json)")
    options = parser.parse_args()
    project.build()
    home = project.java_home(options.jdk)
    file = options.json or project.RESULTS / f"sweep-{project.date()}.json"
    if file.exists():
        results = json.loads(file.read_text(encoding="utf-8"))
    else:
        results = {"what": "seconds of a full-batch iteration, 28 features, tanh", **project.origin(), "versions": {}, "points": []}
    done = {(point["samples"], point["hidden"], point["who"]) for point in results["points"]}
    for samples, hidden in POINTS:
        if samples > options.most_samples:
            continue
        description = contestants.describe("w2", samples, hidden, home)
        for name in ["shallownet", *(peer for peer in options.peers.split(",") if peer)]:
            if (samples, hidden, name) in done:
                continue
            contestant = (
                Contestant.ours(home, "w2", samples, hidden) if name == "shallownet" else Contestant.peer(name, description)
            )
            try:
                results["versions"][name] = contestant.versions
                steps, seconds = measure(contestant)
            finally:
                contestant.close()
            results["points"].append({"samples": samples, "hidden": hidden, "who": name, "steps": steps, "seconds": seconds})
            project.write_record(file, results)
            median = statistics.median(seconds)
            print(f"{samples:>9} samples {hidden:>5} units {name:14} {median:10.3g} s {samples / median:10.3g} samples/s", flush=True)
    ours = {point["samples"]: statistics.median(point["seconds"]) / point["samples"] for point in results["points"] if point["who"] == "shallownet" and point["hidden"] == 64}
    if {100_000, 10_000_000} <= set(ours):
        print(f"\ntime per sample at 10,000,000 rows: {ours[10_000_000] / ours[100_000]:.2f} times that at 100,000")


if __name__ == "__main__":
    main()
