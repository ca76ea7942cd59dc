#!/usr/bin/env python3
"""Reads a file of a million rows by 29 columns, each time in a fresh process, and writes the times to benchmarks/results/.

ShallowNet reads alternately with pandas (its default parser and the one that is exact) and DuckDB, where they are installed
for this Python. Times are of reading into memory, without the process's start and the imports; files are in the page cache.

  benchmarks/reading/run.py                  five times each
  benchmarks/reading/run.py --cores 1        on one core (Linux)
  benchmarks/reading/run.py --parquet        Parquet of float64, which pyarrow writes of the CSV file, instead of CSV
"""
import argparse
import importlib.metadata
import importlib.util
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import project

CLASS = "org.shallownet.benchmarks.CsvReading"
PEERS = {
    "pandas": ("pandas", "t = pandas.read_csv(file); rows = len(t)"),
    "pandas round_trip": ("pandas", "t = pandas.read_csv(file, float_precision='round_trip'); rows = len(t)"),
    "duckdb": ("duckdb", "t = duckdb.read_csv(file).fetchnumpy(); rows = len(t['label'])"),
}
PARQUET_PEERS = {
    "pandas (pyarrow)": ("pandas", "t = pandas.read_parquet(file); rows = len(t)"),
    "duckdb": ("duckdb", "t = duckdb.read_parquet(file).fetchnumpy(); rows = len(t['label'])"),
    "polars": ("polars", "t = polars.read_parquet(file).to_numpy(); rows = len(t)"),
}
PEER = """
import sys, time, {module}
file = sys.argv[1]
start = time.perf_counter()
{read}
print(time.perf_counter() - start, rows)
"""


def parquet(csv):
    """The same table as Parquet, as pyarrow writes it if nothing is said."""
    import pyarrow.csv
    import pyarrow.parquet

    file = csv.with_suffix(".parquet")
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        pyarrow.parquet.write_table(pyarrow.csv.read_csv(csv), unfinished)
        unfinished.replace(file)
    return file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="use only so many (default: all)")
    parser.add_argument("--jdk", help="the JDK's folder (default: JAVA_HOME, else that of the java on the PATH)")
    parser.add_argument("--parquet", action="store_true", help="read Parquet (needs pyarrow for this Python)")
    parser.add_argument("--json", type=Path, help="where the results go (default: results/reading-DATE.json)")
    options = parser.parse_args()

    project.build()
    home = project.java_home(options.jdk)
    project.DATA.mkdir(parents=True, exist_ok=True)
    file = project.DATA / f"reading-{options.rows}.csv"
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        subprocess.run(project.java(home, CLASS, "write", unfinished, options.rows), check=True)
        unfinished.replace(file)
    if options.parquet:
        file = parquet(file)
    if options.cores < os.cpu_count():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])

    commands = {"ShallowNet": project.java(home, CLASS, "read", file)}
    versions = {}
    for name, (module, read) in (PARQUET_PEERS if options.parquet else PEERS).items():
        if importlib.util.find_spec(module):
            versions[module] = importlib.metadata.version(module)
            commands[name] = [sys.executable, "-c", PEER.format(module=module, read=read), str(file)]
        else:
            project.say(f"skipped: {name} is not installed")
    seconds = {name: [] for name in commands}
    file.read_bytes()
    for _ in range(options.times):
        for name, command in commands.items():
            # The last two words: DuckDB draws a progress bar before them.
            time, rows = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-2:]
            if int(rows) != options.rows:
                sys.exit(f"{name} read {rows} rows")
            seconds[name].append(round(float(time), 3))
    for name, times in seconds.items():
        print(f"{name:20} {statistics.median(times):6.2f} s ({min(times):.2f}-{max(times):.2f})")
    kind = "Parquet" if options.parquet else "CSV"
    record = {"what": f"reading {kind}, cold, s", "jdk": project.java_version(home), **project.origin()}
    record.update(versions=versions, cores_used=options.cores, rows=options.rows, bytes=file.stat().st_size, seconds=seconds)
    results = options.json or project.RESULTS / f"reading-{'parquet-' if options.parquet else ''}{project.date()}.json"
    project.write_record(results, record)
    print(f"results: {results}")


if __name__ == "__main__":
    main()
