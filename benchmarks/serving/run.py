#!/usr/bin/env python3
"""Measures scoring row by row, and writes the figures to benchmarks/results/.

Two parts: the scorer in Java by JMH, a row of 30 numbers by one network and by a default ensemble, on one thread and on eight;
and `shallownet serve` on this machine, asked for single rows of examples/customers.csv by wrk over connections that are kept.
The second needs wrk (apt-get install wrk); without it, it is left out with that reason.

  benchmarks/serving/run.py                 both
  benchmarks/serving/run.py scorer          one
  benchmarks/serving/run.py --quick         short measurements
"""
import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import project

UNITS = {"us": 1e-3, "ms": 1, "s": 1e3}


def scorer(home, quick):
    """What JMH measures, on one thread and on eight."""
    measured = []
    effort = ["-f", "1", "-wi", "2", "-w", "1", "-i", "3", "-r", "1"] if quick else ["-f", "2", "-wi", "5", "-w", "1", "-i", "5", "-r", "2"]
    for threads in (1, 8):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "results.json"
            subprocess.run(
                project.java(
                    home, "org.openjdk.jmh.Main", r"\.ScorerBenchmark\.", "-t", threads, *effort,
                    "-prof", "gc", "-rf", "json", "-rff", file,
                ),
                check=True, stdout=sys.stderr,
            )
            for result in json.loads(file.read_text(encoding="utf-8")):
                percentiles = result["primaryMetric"]["scorePercentiles"]
                secondary = result["secondaryMetrics"]
                allocated = next((value["score"] for name, value in secondary.items() if name.endswith("gc.alloc.rate.norm")), None)
                measured.append({
                    "benchmark": result["benchmark"].rsplit(".", 1)[1], "model": result["params"]["model"], "threads": threads,
                    "mean_us": result["primaryMetric"]["score"], "p50_us": percentiles["50.0"], "p99_us": percentiles["99.0"],
                    "bytes": allocated,
                })
                project.say(str(measured[-1]))
    return measured


def milliseconds(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s)$", text).groups()
    return float(number) * UNITS[unit]


def http(home, quick):
    """What wrk measures of a default ensemble on the customers' table."""
    wrk = shutil.which("wrk")
    if not wrk:
        project.say("skipped: http: there is no wrk; install it with apt-get install wrk")
        return None
    table = project.ROOT / "examples" / "customers.csv"
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "customers.onnx"
        command, environment = str(project.ROOT / "shallownet"), {**project.environment(), "JAVA_HOME": str(home)}
        trained = subprocess.run([command, "train", table, "--target", "status", "--out", model], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        if trained.returncode:
            sys.exit(trained.stdout)
        server = subprocess.Popen([command, "serve", model, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment)
        try:
            url = re.search(r"http://\S+/", server.stdout.readline()).group()
            page = urllib.request.urlopen(url).read().decode()
            script = Path(folder) / "post.lua"
            body = re.search(r"curl -d '(.*)' http", page).group(1)
            script.write_text(f"wrk.method = 'POST'\nwrk.body = [[{body}]]\nwrk.headers['Content-Type'] = 'application/json'\n")
            runs = []
            seconds = 3 if quick else 15
            # Sixteen keep both cores busy, so that answers wait for each other; four ask for as many rows, nearly.
            for run, connections in enumerate([16, 4, 4, 4, 16, 16, 16]):
                done = subprocess.run(
                    [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url + "predict"],
                    stdout=subprocess.PIPE, text=True, check=True,
                ).stdout
                if "Non-2xx" in done:
                    sys.exit(done)
                figures = {
                    "connections": connections,
                    "rows_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", done).group(1)),
                    "p50_ms": milliseconds(re.search(r"^ +50% +(\S+)", done, re.MULTILINE).group(1)),
                    "p99_ms": milliseconds(re.search(r"^ +99% +(\S+)", done, re.MULTILINE).group(1)),
                }
                project.say(str(figures))
                # The first one has Java compile.
                if run:
                    runs.append(figures)
            return {"what": "default ensemble, 7 columns, one row a request, wrk with 1 thread on the same machine", "seconds": seconds, "runs": runs}
        finally:
            server.send_signal(signal.SIGTERM)
            if server.wait(timeout=30):
                sys.exit(f"serve ended with {server.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="of scorer, http (default: both)")
    parser.add_argument("--quick", action="store_true", help="short measurements")
    parser.add_argument("--jdk", help="the JDK's folder (default: JAVA_HOME, else that of the java on the PATH)")
    parser.add_argument("--json", type=Path, help="where the results go (default: results/serving-DATE.json)")
    options = parser.parse_args()
    parts = options.parts or ["scorer", "http"]
    if set(parts) - {"scorer", "http"}:
        parser.error("unknown: " + ", ".join(sorted(set(parts) - {"scorer", "http"})))
    project.build()
    home = project.java_home(options.jdk)
    measured = {"what": "scoring row by row", "jdk": project.java_version(home), **project.origin(), "quick": options.quick}
    # More than the number of cores means that something else was running.
    measured["load_before"] = os.getloadavg()[0]
    if "scorer" in parts:
        measured["scorer"] = scorer(home, options.quick)
    file = options.json or project.RESULTS / f"serving-{project.date()}.json"
    project.write_record(file, measured)
    if "http" in parts:
        measured["http"] = http(home, options.quick)
        project.write_record(file, measured)
    print(f"results: {file}")


if __name__ == "__main__":
    main()
