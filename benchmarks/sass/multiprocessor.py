"""A multiprocessor: what its pipes take for an instruction of a warp, what fits it, and how long warps take beside each other.

The pipes are those of an H100 or H200 (sm_90). Cycles are of a multiprocessor with its four schedulers, by what
results/card-h200-2026-11-27/instructions.jsonl measured where it did, else by NVIDIA's table of lanes in a cycle. Latencies are
assumed: they are those that are commonly measured, rounded.
"""

import re
from collections import Counter

SCHEDULERS = 4

# Lanes of a warp over lanes in a cycle; tensor cores and shared memory as measured.
CYCLES = {"fma": 0.25, "imad": 0.5, "alu": 0.5, "xu": 2.0, "fp64": 0.5, "tensor": 1.5, "shuffle": 0.9}
PIPES = ["fma", "imad", "alu", "xu", "fp64", "tensor", "lsu", "shuffle", "uniform", "control"]

LATENCY = {"xu": 24, "fp64": 16, "tensor": 34, "lsu": 30, "shuffle": 24, "global": 500, "other": 30, "barrier": 20}

# How long a pipe may have work already when another instruction is issued to it: its queue.
QUEUE = {"lsu": 32, "shuffle": 32, "xu": 16, "fp64": 8, "tensor": 8}

KINDS = [
    ("control", r"BRA|BSSY|BSYNC|BREAK|EXIT|CALL|RET|NOP|WARPSYNC|BAR|DEPBAR|YIELD|ERRBAR|NANOSLEEP|BMOV|MEMBAR|CCTL|ACQBULK|ELECT"),
    ("shuffle", r"SHFL"),
    ("tensor", r"[HIQBDU]?(G|TC5)?MMA"),
    ("lsu", r"LD|ST|ATOM|RED"),
    ("fp64", r"D(ADD|FMA|MUL|SETP|MNMX)"),
    ("xu", r"MUFU|F2F\b|F2F\.|F2I|I2F\b|I2F\.|FRND|FCHK|POPC|FLO|BREV|S2R"),
    ("imad", r"IMAD|IMUL|IDP"),
    ("fma", r"FFMA|FMUL|FADD|HFMA2|HADD2|HMUL2"),
    ("uniform", r"U[A-Z]|R2UR|S2UR|VOTEU"),
    ("alu", r""),
]


def kind(operation):
    """The pipe of an instruction. What is none of the others is of integers, comparisons and choices."""
    if operation.startswith(("LDC", "LDS", "STS")):
        return "uniform" if operation.startswith("LDC") else "lsu"
    return next(name for name, pattern in KINDS if re.match(pattern, operation))


def width(operation):
    """Bytes of a lane that an instruction of memory moves."""
    return next((int(bits) // 8 for bits in ("128", "64") if f".{bits}" in operation), 4)


def cycles(operation, own_rows):
    """What a multiprocessor takes for an instruction of a warp; with own rows, lanes read four floats each."""
    pipe = kind(operation)
    if pipe != "lsu":
        return CYCLES.get(pipe, 0)
    # Shared memory gives 128 bytes in a cycle. Lanes that read the same are served at once, but half as fast as that.
    spread = own_rows or not operation.startswith("LDS")
    return {4: 1.0, 8: 2.0 if spread else 1.0, 16: 4.0 if spread else 2.0}[width(operation)]


def slots(operation):
    """Cycles in which a scheduler issues nothing else. Four floats read at once take four: measured, 16 multiply-adds take 4.0
    cycles of a multiprocessor alone and 4.9 with such a read."""
    return width(operation) // 4 if operation.startswith("LD") and kind(operation) == "lsu" else 1


def counts(way):
    """How many instructions of a way are of each pipe, and of memory by operation and width."""
    pipes = Counter(kind(x.operation) for x in way)
    memory = Counter(
        f"{re.match('[A-Z]+', x.operation).group()}.{8 * width(x.operation)}" for x in way if kind(x.operation) == "lsu"
    )
    few = Counter(x.operation.split(".")[0] for x in way if kind(x.operation) in ("fma", "tensor", "xu"))
    return {
        "instructions": len(way),
        "pipes": {p: pipes[p] for p in PIPES if pipes[p]},
        "memory": dict(sorted(memory.items())),
        "operations": dict(few.most_common()),
    }


def busy(way, own_rows):
    """Cycles of a multiprocessor in which each pipe is busy for a way, and those to issue it."""
    total = Counter()
    for x in way:
        total[kind(x.operation)] += cycles(x.operation, own_rows)
    result = {p: round(total[p], 2) for p in PIPES if total[p]}
    result["issue"] = sum(slots(x.operation) for x in way) / SCHEDULERS
    return result


# Of each architecture: threads, blocks and KiB of shared memory that a multiprocessor holds. Blocks are those of cuda_occupancy.h.
LIMITS = {
    75: (1024, 16, 64),
    80: (2048, 32, 164),
    86: (1536, 16, 100),
    87: (1536, 16, 164),
    89: (1536, 24, 100),
    90: (2048, 32, 228),
    100: (2048, 32, 228),
    103: (2048, 32, 228),
    120: (1536, 24, 100),
    121: (1536, 24, 100),
}


def blocks(architecture, registers, shared, threads):
    """Blocks that fit a multiprocessor, and what bounds them; none of an architecture whose limits aren't in the table."""
    if architecture not in LIMITS:
        return None
    most_threads, most_blocks, kib = LIMITS[architecture]
    warps = -(-threads // 32)
    # A quarter of the 65,536 registers is a scheduler's; warps take them by 256.
    of_scheduler = 16384 // (-(-registers * 32 // 256) * 256)
    reserved = 0 if architecture < 80 else 1024
    granule = 256 if architecture < 80 else 128
    bounds = {
        "registers": of_scheduler * SCHEDULERS // warps,
        "shared memory": kib * 1024 // max(1, -(-(shared + reserved) // granule) * granule),
        "threads": most_threads // (32 * warps),
        "blocks": most_blocks,
    }
    bound = min(reversed(bounds), key=bounds.get)
    return bounds[bound], bound


def together(way, warps, rounds, own_rows):
    """Cycles that a scheduler takes for a round of a way by each of so many warps, once they are under way.

    Warps issue in order, by what the compiler wrote into each instruction: how many cycles to wait before the next one,
    and for which instructions before it. A pipe takes one instruction at a time. Three schedulers beside this one do the same,
    so that what they share takes four times as long.
    """
    steps = []
    for x in way:
        control = x.control >> 41
        pipe = kind(x.operation)
        held = cycles(x.operation, own_rows) * SCHEDULERS
        memory = "global" if re.match(r"LDG|LD\.|LD$", x.operation) else pipe if pipe in LATENCY else "other"
        steps.append(
            (
                max(1, control & 15),
                control >> 5 & 7,
                control >> 8 & 7,
                control >> 11 & 63,
                pipe,
                held,
                LATENCY[memory],
                x.operation.startswith("BAR"),
                slots(x.operation),
            )
        )
    size = len(steps)
    free = Counter()
    at = [0] * warps
    ready = [0] * warps
    waits = [[0] * 8 for _ in range(warps)]
    met = Counter()
    times = []
    now, last = 0, 0
    while at[0] < size * rounds:
        # Of those that can issue soonest, it is the turn of the one behind the last.
        soonest, chosen = None, None
        for turn in range(warps):
            w = (last + 1 + turn) % warps
            _, _, _, mask, pipe, *_ = steps[at[w] % size]
            when = max(ready[w], max((waits[w][b] for b in range(6) if mask >> b & 1), default=0))
            when = max(when, free[pipe] - QUEUE.get(pipe, 0))
            if soonest is None or max(when, now) < soonest:
                soonest, chosen = max(when, now), w
        now, w = soonest, chosen
        stall, write, read, _, pipe, held, latency, barrier, taken = steps[at[w] % size]
        begins = max(now, free[pipe])
        free[pipe] = begins + held
        if write < 6:
            waits[w][write] = max(waits[w][write], begins + held + latency)
        if read < 6:
            waits[w][read] = max(waits[w][read], begins + held + 8)
        ready[w] = now + stall
        if barrier:
            met[at[w]] += 1
            ready[w] = float("inf")
            if met[at[w]] == warps:
                for other in range(warps):
                    ready[other] = now + LATENCY["barrier"]
        at[w] += 1
        if at[w] % size == 0 and w == 0:
            times.append(now)
        now += taken
        last = w
    begin = max(0, rounds // 3 - 1)
    return (times[-1] - times[begin]) / (len(times) - 1 - begin)
