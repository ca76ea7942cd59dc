#!/usr/bin/env python3
"""Reads files of 300 MB, each time in a fresh process, and writes the times to benchmarks/results/.

Two tables of CSV: a million rows of 29 columns of numbers, and three million rows of 10 columns of words, 20 different ones
each, with a label: as many bytes, since a part of every process is its start. ShallowNet, on each JDK, reads by turns with pandas (its default parser and the one that is exact) and DuckDB. Two times are taken: of reading
into memory alone, and of the whole process from its start to its end, imports included. Files are in the page cache.

  benchmarks/reading/run.py                       five times each
  benchmarks/reading/run.py --cores 1             on one core (Linux)
  benchmarks/reading/run.py --tables words        one table alone
  benchmarks/reading/run.py --parquet             numbers as Parquet of float64, which pyarrow writes, instead of CSV
  benchmarks/reading/run.py --before ../before    numbers beside another checkout, of which benchmarks/target is built

JDKs are those that --jdk names, else JAVA_HOME or that of the java on the PATH, and of those in /usr/lib/jvm the newest. The
peers are installed by pip in benchmarks/target/readers unless --python or PYTHON names a Python that has them.
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import project

CLASS = "org.shallownet.benchmarks.CsvReading"
READERS = project.TARGET / "readers"
SYSTEM_JDKS = Path("/usr/lib/jvm")
WORD_COLUMNS = 10
ROWS_OF_WORDS = 3  # for each row of numbers
LEVELS = 20
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
VERSIONS = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try:
        __import__(name)
        found[name] = importlib.metadata.version(name)
    except ImportError:
        pass
print(json.dumps(found))
"""
PARQUET = """
import sys, pyarrow.csv, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.csv.read_csv(sys.argv[1]), sys.argv[2])
"""


def environment():
    """Without what would tune OpenBLAS for one of the processes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}


def made(file, make):
    """A file that is made once; one that was cut off is never taken for it."""
    if not file.exists():
        project.DATA.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".unfinished")
        make(unfinished)
        unfinished.replace(file)
    return file


def numbers(home, rows):
    def make(file):
        subprocess.run(project.java(home, CLASS, "write", file, rows), check=True, env=environment())

    return made(project.DATA / f"reading-{rows}.csv", make)


def words(rows):
    def make(file):
        draw = random.Random(1)
        names = ("north", "lake", "old town", "hill")
        levels = [[f"{draw.choice(names)}-{c}{k}" for k in range(LEVELS)] for c in range(WORD_COLUMNS)]
        with open(file, "w", encoding="utf-8") as out:
            out.write(",".join(f"w{c}" for c in range(WORD_COLUMNS)) + ",label\n")
            for _ in range(rows):
                out.write(",".join(draw.choice(level) for level in levels) + draw.choice((",no\n", ",yes\n")))

    return made(project.DATA / f"reading-words-{rows}.csv", make)


def parquet(python, csv):
    """The same table as Parquet, as pyarrow writes it if nothing is said."""

    def make(file):
        subprocess.run([python, "-c", PARQUET, csv, file], check=True, env=environment())

    return made(csv.with_suffix(".parquet"), make)


def jdks(named):
    """The JDKs to read with: those named, else the usual one and the newest of the system's."""
    homes = [Path(home) for home in named]
    if not homes:
        homes = [project.java_home()]
        system = {release.resolve().parent for release in SYSTEM_JDKS.glob("*/release")}
        homes += sorted((home for home in system if (home / "bin" / "java").is_file()), key=major)[-1:]
    return {major(home): home for home in reversed(homes)}


def major(home):
    return int(project.java_version(home).split(".")[0])


def interpreter(named, modules):
    """A Python that has the peers, as far as they can be installed; and their versions."""
    python = Path(named) if named else READERS / "bin" / "python"
    if not named and not python.exists():
        subprocess.run([sys.executable, "-m", "venv", READERS], check=True)
    found = installed(python, modules)
    missing = [module for module in modules if module not in found]
    if missing and not named:
        pip = subprocess.run(
            [python, "-m", "pip", "install", "-q", "--retries", "1", *missing], stderr=subprocess.PIPE, text=True
        )
        if pip.returncode:
            lines = pip.stderr.strip().splitlines()
            project.say(f"pip can't install {', '.join(missing)}: {lines[-1] if lines else 'it says no more'}")
        found = installed(python, modules)
    for module in modules:
        if module not in found:
            project.say(f"skipped: {module} is not installed for {python}")
    return python, found


def installed(python, modules):
    command = [python, "-c", VERSIONS, *modules]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment())
    return json.loads(output.stdout)


def measure(command, rows, name):
    """Seconds of reading, and of the whole process."""
    start = time.perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment()).stdout
    whole = time.perf_counter() - start
    # The last two words: DuckDB draws a progress bar before them.
    reading, read = output.split()[-2:]
    if int(read) != rows:
        sys.exit(f"{name} read {read} rows")
    return round(float(reading), 3), round(whole, 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of numbers (default: a million)")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--tables", default="numbers,words", help="which tables (default: numbers,words)")
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="use only so many (default: all)")
    parser.add_argument("--jdk", action="append", default=[], help="a JDK's folder; several times for several")
    parser.add_argument("--python", default=os.environ.get("PYTHON"), help="a Python that has the peers")
    parser.add_argument("--parquet", action="store_true", help="read Parquet, of numbers")
    parser.add_argument("--before", type=Path, help="another checkout that reads the numbers, too; its benchmarks are built")
    parser.add_argument("--json", type=Path, help="where the results go (default: results/reading-DATE.json)")
    options = parser.parse_args()
    tables = ["numbers"] if options.parquet else options.tables.split(",")
    if not set(tables) <= {"numbers", "words"}:
        parser.error(f"--tables takes numbers and words, not {options.tables}")
    if options.before and not (options.before / "benchmarks" / "target" / "benchmarks.jar").is_file():
        parser.error(f"{options.before} has no benchmarks/target/benchmarks.jar; its benchmarks/reading/run.py builds it")

    project.build()
    homes = jdks(options.jdk)
    peers = PARQUET_PEERS if options.parquet else PEERS
    modules = list(dict.fromkeys(module for module, _ in peers.values())) + (["pyarrow"] if options.parquet else [])
    python, versions = interpreter(options.python, modules)
    if options.parquet and "pyarrow" not in versions:
        sys.exit("Parquet files are written by pyarrow; name a Python that has it with --python")
    rows = {"numbers": options.rows, "words": ROWS_OF_WORDS * options.rows}
    files = {}
    for table in tables:
        files[table] = numbers(next(iter(homes.values())), rows[table]) if table == "numbers" else words(rows[table])
        if options.parquet:
            files[table] = parquet(python, files[table])
    if options.cores < os.cpu_count():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])

    commands = {}
    for table, file in files.items():
        for version, home in sorted(homes.items()):
            commands[table, f"ShallowNet, JDK {version}"] = project.java(home, CLASS, "read", file)
            if options.before and table == "numbers":
                there = options.before.resolve() / "benchmarks" / "target"
                commands[table, f"before, JDK {version}"] = [
                    word.replace(str(project.TARGET), str(there)) for word in project.java(home, CLASS, "read")
                ] + [str(file)]
        for name, (module, read) in peers.items():
            if module in versions:
                commands[table, name] = [str(python), "-c", PEER.format(module=module, read=read), str(file)]
    times = {key: [] for key in commands}
    for file in files.values():
        file.read_bytes()
    for turn in range(options.times):
        for key, command in commands.items():
            times[key].append(measure(command, rows[key[0]], key[1]))
        project.say(f"{turn + 1} of {options.times} times")
    record = {"what": "reading and whole processes, s", **project.origin()}
    record.update(
        jdks={version: project.java_version(home) for version, home in homes.items()},
        versions=versions,
        cores_used=options.cores,
        tables={},
    )
    for table, file in files.items():
        size = file.stat().st_size
        seconds = {name: [reading for reading, _ in each] for (of, name), each in times.items() if of == table}
        whole = {name: [all for _, all in each] for (of, name), each in times.items() if of == table}
        record["tables"][table] = {"rows": rows[table], "bytes": size, "seconds": seconds, "whole_seconds": whole}
        print(f"{table}, {size / 1e6:.0f} MB: reading, MB a second, whole process; median (spread)")
        for name, each in seconds.items():
            median = statistics.median(each)
            print(f"  {name:20} {spread(each)}  {size / 1e6 / median:5.0f} MB/s  {spread(whole[name])}")
    results = options.json or project.RESULTS / f"reading-{'parquet-' if options.parquet else ''}{project.date()}.json"
    project.write_record(results, record)
    print(f"results: {results}")


def spread(seconds):
    return f"{statistics.median(seconds):6.2f} s ({min(seconds):.2f}-{max(seconds):.2f})"


if __name__ == "__main__":
    main()
