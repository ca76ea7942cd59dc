#!/usr/bin/env python3
"""Trains works with this build and with builds of other checkouts, by turns: what a change costs or gains.

This build takes part twice, as "this" and "this again": how far these two lie apart is what equal builds differ by. Each
build runs with the options of its own checkout. All load the data and warm up first; then each trains once, again and again
in the same order, and only the training is timed.

  git worktree add /tmp/before COMMIT
  benchmarks/peers/builds.py /tmp/before                       works w1 to w6
  benchmarks/peers/builds.py /tmp/before --work w3 --work w6   some
  benchmarks/peers/builds.py /tmp/before --jdk /usr/lib/jvm/17 --jdk /usr/lib/jvm/25     each with two JDKs
  benchmarks/peers/builds.py --table --json FILE               prints the table of what is there already

Results go to benchmarks/results/, work by work. Checkouts are built first, where their benchmarks are older than a source.
"""
import argparse
import importlib.util
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import compare
import contestants
from contestants import Contestant, project

USUAL = ["w1", "w2", "w2r", "w3", "w4", "w5", "w6"]
MAIN = "org.shallownet.benchmarks.ComparedTraining"
THIS, AGAIN = "this", "this again"


def module_of(checkout):
    """The checkout's own benchmarks/project.py, which builds and starts it."""
    path = checkout / "benchmarks" / "project.py"
    spec = importlib.util.spec_from_file_location(f"project_of_{checkout.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(label, builder, home, work):
    return Contestant(label, builder.java(home, MAIN, work, project.DATA), project.environment())


def measure(work, builders, home, rounds):
    _, steps, _, our_steps, _, _ = compare.WORKS[work]
    contestants.describe(work, home=home)
    running, entries = [], {}
    try:
        for label, builder in builders.items():
            project.say(f"{work}: {label} loads and warms up")
            contestant = start(label, builder, home, work)
            running.append(contestant)
            contestant.ask("load")
            started = time.monotonic()
            while time.monotonic() - started < compare.WARM_UP_SECONDS:
                contestant.ask("train", steps)
            entries[label] = {"cost": contestant.ask("cost")["cost"], "seconds": []}
            contestant.ask("train", our_steps)
        for _ in range(rounds):
            for contestant in running:
                time.sleep(compare.SETTLE_SECONDS)
                entries[contestant.label]["seconds"].append(contestant.ask("train", our_steps)["seconds"])
    finally:
        for contestant in running:
            contestant.close()
    return {**project.origin(), "steps": our_steps, "contestants": entries}


def line(record):
    """Medians of a build's rounds, and how many times longer than the other builds this one takes, round by round."""
    seconds = {label: entry["seconds"] for label, entry in record["contestants"].items()}
    cells = []
    for label, times in seconds.items():
        cell = f"{statistics.median(times):.4g} s ({min(times):.4g}–{max(times):.4g})"
        if label != THIS:
            ratios = sorted(own / other for own, other in zip(seconds[THIS], times))
            cell += f" **{statistics.median(ratios):.3f}** ({ratios[0]:.3f}–{ratios[-1]:.3f})"
        cells.append(cell)
    return cells


def table(results):
    labels = list(dict.fromkeys(label for record in results["works"].values() for label in record["contestants"]))
    rows = ["| work | JDK | " + " | ".join(labels) + " |", "|---|---|" + "---|" * len(labels)]
    for name, record in results["works"].items():
        work, jdk = name.split(" ")
        rows.append(f"| {work.upper()} | {jdk} | " + " | ".join(line(record)) + " |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="*", type=Path)
    parser.add_argument("--work", action="append", choices=list(compare.WORKS))
    parser.add_argument("--jdk", action="append", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--table", action="store_true", help="measure nothing, print the results' table")
    parser.add_argument("--json", type=Path, help="the file of the results (default: results/builds-DATE.json)")
    options = parser.parse_args()
    file = options.json or project.RESULTS / f"builds-{project.date()}.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"what": "seconds of training, builds by turns", "works": {}}
    if not options.table:
        if not options.checkouts:
            parser.error("name at least one checkout of another commit")
        project.build()
        builders = {THIS: project, AGAIN: project}
        for checkout in options.checkouts:
            builder = module_of(checkout.resolve())
            builder.build()
            builders[builder.commit()] = builder
        for home in [project.java_home(jdk) for jdk in options.jdk or [None]]:
            jdk = project.java_version(home).split(".")[0]
            for work in options.work or USUAL:
                results["works"][f"{work} {jdk}"] = measure(work, builders, home, options.rounds)
                project.write_record(file, results)
    print(table(results))


if __name__ == "__main__":
    main()
