#!/usr/bin/env python3
"""What this machine can do with all its cores, for the floors in benchmarks/README.md: multiply-adds, reading of memory and
tanh a second, by a small C program that gcc compiles. Prints JSON; --json FILE writes it too, with the machine's description."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import project

SOURCE = Path(__file__).resolve().parent / "peaks.c"


def peaks():
    """The rates in thousands of millions a second (gflops, gbytes_read, gtanh); None where there is no gcc."""
    compiler = shutil.which("gcc")
    if not compiler:
        project.say("Skipped: there is no gcc here, so the machine's peaks aren't measured.")
        return None
    program = project.TARGET / "peaks"
    program.parent.mkdir(parents=True, exist_ok=True)
    options = ["-O3", "-march=native", "-ffast-math", "-pthread"]
    subprocess.run([compiler, *options, "-o", str(program), str(SOURCE)], check=True)
    done = subprocess.run([str(program), str(os.cpu_count())], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def floor(peaks, operations, read, activations):
    """The least seconds that work can take: that of multiplying and of tanh, which share the units, or that of reading."""
    computing = operations / peaks["gflops"] + activations / peaks["gtanh"]
    return max(computing, read / peaks["gbytes_read"]) * 1e-9


def main():
    found = peaks()
    if found is None:
        sys.exit(1)
    record = {**found, **project.origin()}
    if "--json" in sys.argv:
        project.write_record(Path(sys.argv[sys.argv.index("--json") + 1]), record)
    print(json.dumps(record))


if __name__ == "__main__":
    main()
