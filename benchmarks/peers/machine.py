#!/usr/bin/env python3
"""What this machine can do, for the floors in benchmarks/README.md: the rate of large float32 products and of reading
memory, with all cores, by NumPy. Prints JSON; --json FILE writes it too, with the machine's description."""
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contestants
from contestants import project

SIZE = 4096
BYTES = 1 << 29


def best(action, times=5):
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def measure():
    import numpy as np

    a = np.ones((SIZE, SIZE), np.float32)
    out = np.empty_like(a)
    np.matmul(a, a, out=out)
    product = best(lambda: np.matmul(a, a, out=out))
    parts = np.array_split(np.ones(BYTES // 4, np.float32), os.cpu_count())
    with ThreadPoolExecutor(len(parts)) as pool:
        # The largest element: a pass that reads each once and that memory, not arithmetic, bounds.
        reading = best(lambda: list(pool.map(np.max, parts)))
    return {"gflops_sgemm": round(2 * SIZE**3 / product / 1e9, 1), "gbytes_read": round(BYTES / reading / 1e9, 1)}


def main():
    if os.environ.get("SHALLOWNET_MEASURING"):
        print(json.dumps(measure()))
        return
    environment = {**contestants.peer_environment("numpy"), "SHALLOWNET_MEASURING": "1"}
    done = subprocess.run([contestants.python(), __file__], stdout=subprocess.PIPE, text=True, check=True, env=environment)
    record = {**json.loads(done.stdout), **project.origin()}
    if "--json" in sys.argv:
        project.write_record(Path(sys.argv[sys.argv.index("--json") + 1]), record)
    print(json.dumps(record))


if __name__ == "__main__":
    main()
