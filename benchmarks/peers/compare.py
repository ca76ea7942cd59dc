#!/usr/bin/env python3
"""Trains the works W1 to W7 with ShallowNet and with other tools on the same bytes from the same first weights, by turns.

All who take part load the data and warm up first; then each trains once, again and again in the same order, and only the
training is timed. What all of them reach, the cost after the same number of steps, is compared: where it differs, nobody
is timed. Results go to benchmarks/results/, work by work, so that a comparison that was stopped can go on.

  benchmarks/peers/compare.py                  all works
  benchmarks/peers/compare.py w2 w4            some
  benchmarks/peers/compare.py --jdk /usr/lib/jvm/17 --jdk /usr/lib/jvm/25      ours with two JDKs
  benchmarks/peers/compare.py --table          prints the table of what is there already

The peers (NumPy, PyTorch, JAX, scikit-learn) are installed by pip in benchmarks/target/peers unless PYTHON names a Python
that has them.
"""
import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contestants
import machine
from contestants import PEERS, Contestant, project

ALL = list(PEERS)
WORKS = {
    # what it is; steps that peers take in a round; steps that its time is for; our steps in a round; rounds; who
    "w1": ("400×2→4 tanh, 10,000 full-batch iterations", 10_000, 10_000, 10_000, 5, ALL),
    "w2": ("1,000,000×28→64 tanh, per full-batch iteration", 5, 1, 20, 3, ALL),
    "w2r": ("the same with ReLU", 5, 1, 20, 3, ALL),
    "w3": ("60,000×784→1,024 ReLU, batches of 4,096, per epoch", 15, 15, 15, 3, ALL),
    "w4": ("logistic regression, 1,000,000×28, per full-batch iteration", 40, 1, 100, 5, ALL),
    "w5": ("1,000,000×28→64 tanh, batches of 256, per epoch", 3907, 3907, 3907, 3, ALL),
    "w5s": ("the same in batches of 32, per epoch", 31_250, 31_250, 31_250, 3, ALL),
    "w6": ("64 networks 10→32, 10,000 rows, 1,000 iterations each", 40, 1000, 1000, 3, ALL),
    "w7": ("20 networks 20→64 by Adam, each on four fifths of 1,000 rows, batches of 32, 100 epochs", 2500, 2500, 2500, 5, ["scikit-learn"]),
}
# Operations, bytes that are read, and activations of the steps that a work's time is for; see "Floors" in ../README.md.
COSTS = {
    "w1": (0.26e9, 0, 16e6),
    "w2": (7.68e9, 116e6, 64e6),
    "w2r": (7.68e9, 116e6, 0),
    "w3": (193e9, 188e6, 0),
    "w4": (0.112e9, 116e6, 1e6),
    "w5": (7.68e9, 116e6, 64e6),
    "w5s": (7.68e9, 116e6, 64e6),
    "w6": (983e9, 0, 10.2e9),
    "w7": (9.01e9, 0, 51e6),
}
# Costs agree to this much; scikit-learn has no leaky ReLU, which W6 shows, and W7's batches are in an order of its own.
TOLERANCE = {"w1": 5e-3, "w6": 2e-3, "w7": 5e-2}
WARM_UP_SECONDS = 3
SETTLE_SECONDS = 0.3


def compare(work, peers, homes, rounds):
    what, steps, per, our_steps, usual_rounds, able = WORKS[work]
    rounds = rounds or usual_rounds
    description = contestants.describe(work, home=homes[0])
    running, record = [], {"what": what, "steps_timed": per, **project.origin(), "contestants": {}}
    record["peaks"] = machine.peaks()
    try:
        for home in homes:
            running.append((Contestant.ours(home, work), our_steps))
        for name in peers:
            if name in able:
                running.append((Contestant.peer(name, description), steps))
        for contestant, own_steps in running:
            project.say(f"{work}: {contestant.label} loads and warms up")
            contestant.ask("load")
            entry = {"versions": contestant.versions, "steps": own_steps, "warm_up_seconds": [], "seconds": []}
            record["contestants"][contestant.label] = entry
            started = time.monotonic()
            while len(entry["warm_up_seconds"]) < 2 or time.monotonic() - started < WARM_UP_SECONDS:
                entry["warm_up_seconds"].append(contestant.ask("train", steps)["seconds"])
            entry["cost"] = contestant.ask("cost")["cost"]
            if own_steps != steps:
                contestant.ask("train", own_steps)
        check_costs(work, record)
        for turn in range(rounds):
            for contestant, own_steps in running:
                time.sleep(SETTLE_SECONDS)
                answer = contestant.ask("train", own_steps)
                entry = record["contestants"][contestant.label]
                entry["seconds"].append(answer["seconds"])
                entry.update({key: answer[key] for key in ("engine", "preparing") if key in answer})
    finally:
        for contestant, _ in running:
            contestant.close()
    return record


def check_costs(work, record):
    """All have reached the same cost after the same number of steps, or the comparison is worth nothing."""
    costs = {label: entry["cost"] for label, entry in record["contestants"].items()}
    reference = next(iter(costs.values()))
    for label, cost in costs.items():
        if not abs(cost - reference) <= TOLERANCE.get(work, 1e-4) * reference:
            raise RuntimeError(f"{work}: {label} reaches a cost of {cost}, others {reference}: {costs}")


def scaled(record, label):
    """The times of a contestant's rounds for the steps that the table is about."""
    entry = record["contestants"][label]
    return [seconds * record["steps_timed"] / entry["steps"] for seconds in entry["seconds"]]


def table(results):
    """The results as lines of Markdown."""
    labels = list(dict.fromkeys(label for record in results["works"].values() for label in record["contestants"]))
    lines = ["| work | floor | " + " | ".join(labels) + " |", "|---|---|" + "---|" * len(labels)]
    for work, record in results["works"].items():
        ours = {label: statistics.median(scaled(record, label)) for label in record["contestants"] if label.startswith("shallownet")}
        best = min(ours.values())
        cells = []
        for label in labels:
            if label not in record["contestants"]:
                cells.append("–")
                continue
            times = scaled(record, label)
            median = statistics.median(times)
            ratio = "" if label in ours else f" **{median / best:.1f}×**"
            star = "*" if record["contestants"][label]["steps"] < record["steps_timed"] else ""
            cells.append(f"{median:.3g} s{star} ({min(times):.3g}–{max(times):.3g}){ratio}")
        least = "–"
        if record.get("peaks") and work in COSTS:
            seconds = machine.floor(record["peaks"], *COSTS[work])
            least = f"{seconds:.3g} s (ours {best / seconds:.1f}×)"
        lines.append(f"| {work.upper()}: {record['what']} | {least} | " + " | ".join(cells) + " |")
    lines.append("")
    lines.append("Median (least–most) of the rounds; × is the time beside our faster one's, in the column of the floor ours beside it; * measured on fewer iterations and scaled.")
    return lines


def show(results):
    print("\n".join(table(results)))
    for work, record in results["works"].items():
        versions = {label: entry["versions"] for label, entry in record["contestants"].items()}
        print(f"\n{work}: {record['date']}, commit {record['commit']}, {json.dumps(record['machine'])}\n{json.dumps(versions)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", help="which works (default: all)")
    parser.add_argument("--peers", default=",".join(ALL), help=f"which peers (default: {','.join(ALL)})")
    parser.add_argument("--jdk", action="append", help="a JDK's folder for ours, several times for several (default: JAVA_HOME, else that of the java on the PATH)")
    parser.add_argument("--rounds", type=int, help="how many turns everybody gets (default: 3 to 5)")
    parser.add_argument("--table", action="store_true", help="measure nothing, print the results' table")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/peers-DATE.json)")
    options = parser.parse_args()
    chosen = options.works or list(WORKS)
    for name, known in [(work, WORKS) for work in chosen] + [(peer, PEERS) for peer in options.peers.split(",") if peer]:
        if name not in known:
            parser.error(f"unknown: {name}; choose of {', '.join(known)}")
    file = options.json or project.RESULTS / f"peers-{project.date()}.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"what": "seconds of training, by turns", "works": {}}
    if not options.table:
        project.build()
        homes = [project.java_home(home) for home in options.jdk or [None]]
        peers = [peer for peer in options.peers.split(",") if peer]
        for work in chosen:
            results["works"][work] = compare(work, peers, homes, options.rounds)
            results["works"] = {name: results["works"][name] for name in WORKS if name in results["works"]}
            project.write_record(file, results)
    show(results)


if __name__ == "__main__":
    main()
