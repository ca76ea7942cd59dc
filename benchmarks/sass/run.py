#!/usr/bin/env python3
"""What kernels are made of once they are compiled, without a card: registers, what fits a multiprocessor, instructions by pipe.

Usage: run.py registers [--architectures 75,80,...] [--only NAME] [--out FILE]
       run.py works [--out FILE]
       run.py count FILE.cu [--kernel NAME] [--tile SAMPLES] [--rounds N] [OPTION...]
       run.py table FILE

`registers` compiles all that ci/compile-kernels.sh --list names, for all architectures that this nvcc knows from 7.5 on, or
only the files with NAME in their names. `works` disassembles the kernels of the works a to e for sm_90, counts what a sample
costs and predicts what a step takes on an H100 and an H200. `count` does the counting alone, for one file of kernels/ with its options; a kernel that isn't named like its file
needs --kernel, one without LANES and DEPTH --tile, the samples of a warp in a round of its hot loop, and one with loops in it
--rounds, how often they go round. `table` prints what an
earlier run wrote: --out, by default results/sass-registers-DATE.json and results/sass-works-DATE.json.

--nvcc PATH and --nvdisasm PATH name the tools if they aren't on the PATH. Both are in the CUDA toolkit; nvdisasm is also in
the Python package triton (triton/backends/nvidia/bin).
"""

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RESULTS = os.path.join(ROOT, "benchmarks", "results")
MEASURED = os.path.join(RESULTS, "card-h200-2026-11-27")
sys.path[:0] = [HERE, os.path.join(ROOT, "benchmarks", "peers")]

import card as measured_card  # noqa: E402  of peers/
import listing  # noqa: E402
import multiprocessor  # noqa: E402
import works  # noqa: E402

ARCHITECTURE = 90
ACTIVATIONS = {"Relu": "ReLU", "LeakyRelu": "leaky ReLU"}
# The works take plain gradient descent: what Adam needs, square roots and quotients in double, is left out.
AVOIDED = r"MUFU\.(RSQ|RCP64H)"


def run(command):
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def tool(given, name):
    found = shutil.which(given or name)
    if not found:
        sys.exit(f"there is no {given}" if given else f"{name} isn't on the PATH: name it by --{name}")
    return found


def designs():
    """What is compiled for designs: file, options and what they define."""
    found = []
    for line in run(["bash", "ci/compile-kernels.sh", "--list"]).splitlines():
        file, *options = line.split()
        defines = dict(o[2:].split("=", 1) for o in options if o.startswith("-D"))
        found.append({"file": file, "options": options, "defines": defines})
    return found


def compiled(nvcc, file, options, architectures, out):
    """Compiles to `out` and says of each architecture and kernel the registers and the bytes of fixed shared memory."""
    codes = [f"-gencode=arch=compute_{a},code=sm_{a}" for a in architectures]
    kind = "-cubin" if len(architectures) == 1 else "-fatbin"
    said = run([nvcc, "-std=c++17", "-Xptxas", "-v", "--threads", "0", *codes, kind, "-o", out, file, *options])
    found, kernel, frame = {}, None, None
    for line in said.splitlines():
        entry = re.search(r"Compiling entry function '(\w+)' for 'sm_(\d+)'", line)
        if entry:
            kernel = entry.group(1), int(entry.group(2))
        held = re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line)
        if held and kernel:
            frame = sum(map(int, held.groups()))
        used = re.search(r"Used (\d+) registers", line)
        if used:
            shared = re.search(r"(\d+) bytes smem", line)
            found[kernel] = {
                "registers": int(used.group(1)),
                "fixedShared": int(shared.group(1)) if shared else 0,
                "inMemory": frame,
            }
            kernel = None
    return found


def dynamic_shared(file, defines, samples=400):
    """Bytes of dynamic shared memory of a training block, as NarrowRunDesign says; samples where they are resident."""
    if os.path.basename(file) != "whole_run.cu":
        return 0
    d = {k: int(v) for k, v in defines.items() if v.lstrip("-").isdigit()}
    x, h, y, warps = d["N_X"], d["N_H"], d["N_Y"], d["WARPS"]
    parameters = h * (x + 1) + y * (h + 1) if h else y * (x + 1)
    sums = parameters + d["WEIGHTED"]
    fixed = ((2 + d["SLOTS"]) * sums + parameters + 3) // 4 * 4
    tile = 32 // d["LANES"] * d["DEPTH"]
    fours = (x + 3) // 4
    pitch = 4 * (fours if fours % 2 else fours + 1)
    targets = (1 if d["OUTPUT"] == 1 else y) + d["WEIGHTED"]
    rows = -(-samples // tile) * tile
    return 4 * (fixed + (rows * (pitch + targets) if d["RESIDENT"] else warps * tile * pitch))


def title(kernel, defines):
    """A design in words."""
    d = defines
    of_output = kernel.startswith("output_pass")
    net = f"→{d['N_Y']}" if of_output else "→".join(n for n in (d["N_X"], d["N_H"], d["N_Y"]) if n != "0")
    words = [ACTIVATIONS.get(d["ACTIVATION"], d["ACTIVATION"].lower()) if d["N_H"] != "0" else ""]
    words.append({"0": "", "1": "softmax", "2": "squared error", "3": "Poisson"}[d["OUTPUT"]])
    words.append({"0": "", "1": "smoothed labels", "2": "Huber", "3": "quantile"}[d["LOSS"]])
    words += [text for key, text in (("DROPS", "dropout"), ("WEIGHTED", "weights"), ("FRONT", "front scale"), ("REFINED", "refined"))
              if d.get(key) == "1"]  # fmt: skip
    if d.get("SHUFFLED") == "1":
        words.append(f"mini-batches, {d['WARPS']} warps")
    if d.get("FOURS") == "0":
        words.append("units one by one")
    text = ", ".join(w for w in words if w)
    return f"`{kernel}` {net}" + (f" {text}" if text else "")


def registers(arguments):
    nvcc = tool(arguments.nvcc, "nvcc")
    known = [int(a) for a in re.findall(r"^sm_(\d+)$", run([nvcc, "--list-gpu-code"]), re.MULTILINE)]
    wanted = sorted(int(a) for a in arguments.architectures.split(",")) if arguments.architectures else [a for a in sorted(known) if a >= 75]
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for design in (d for d in designs() if arguments.only in d["file"]):
            file, options, defines = design["file"], design["options"], design["defines"]
            # The tensor cores of Turing know neither TF32 nor bfloat16.
            some = [a for a in wanted if a >= 80 or not re.search("tf32|bf16|split", file)]
            threads = 32 * int(defines.get("WARPS", 8))
            training = os.path.basename(file)[:-3]
            kernels = {}
            for (kernel, architecture), use in sorted(compiled(nvcc, file, options, some, os.path.join(scratch, "out")).items()):
                shared = use["fixedShared"] + (dynamic_shared(file, defines) if kernel == training else 0)
                fits = multiprocessor.blocks(architecture, use["registers"], shared, threads)
                kernels.setdefault(kernel, {})[str(architecture)] = {
                    "registers": use["registers"],
                    "inMemory": use["inMemory"],
                    "shared": shared,
                    "blocks": fits and fits[0],
                    "boundBy": fits and fits[1],
                }
            # A file whose kernels train side by side has a row for each.
            for part in [kernels] if training in kernels else [{k: v} for k, v in kernels.items()]:
                design = title(next(iter(part)), defines)
                found.append({"design": design, "options": " ".join(options), "threads": threads, "kernels": part})
                print(design, file=sys.stderr)
    return {"architectures": wanted, "designs": found}


def registers_table(result):
    """A row for each design; the kernels that judge and end epochs, which the same file has, behind."""
    print(f"Compiled by nvcc {result['nvcc']} for sm_" + ", ".join(map(str, result["architectures"])) + ".\n")
    print("| design | registers | blocks of a multiprocessor of sm_90 | shared memory, bytes | registers of the others of its file |")
    print("|---|---|---|---|---|")
    number, held = 0, 0
    for row in result["designs"]:
        (training, own), *others = row["kernels"].items()
        at = own.get(str(ARCHITECTURE)) or next(iter(own.values()))
        beside = "; ".join(f"{k[len(training) + 1:]} {spread([u['registers'] for u in of.values()])}" for k, of in others)
        blocks = f"{at['blocks']} ({at['boundBy']})" if at["blocks"] is not None else "–"
        print(f"| {row['design']} | {spread([u['registers'] for u in own.values()])} | {blocks} | {at['shared']:,} | {beside or '–'} |")
        uses = [u for of in row["kernels"].values() for u in of.values()]
        number += len(uses)
        held += sum(u["inMemory"] > 0 for u in uses)
    print(f"\n{number} kernels, {held} of them with a stack frame or spills.")


def spread(numbers):
    return str(min(numbers)) if min(numbers) == max(numbers) else f"{min(numbers)}–{max(numbers)}"


def disassembled(arguments, file, options, kernel, scratch):
    out = os.path.join(scratch, "one.cubin")
    use = compiled(tool(arguments.nvcc, "nvcc"), file, options, [ARCHITECTURE], out)[kernel, ARCHITECTURE]
    done = subprocess.run([tool(arguments.nvdisasm, "nvdisasm"), "-c", "-hex", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return use, listing.Blocks(*listing.functions(done.stdout)[kernel])


def counted(arguments, file, options, kernel, scratch):
    """What a tile of samples costs a warp: the hot loop, its instructions by pipe, and what fits."""
    defines = dict(o[2:].split("=", 1) for o in options if o.startswith("-D"))
    use, blocks = disassembled(arguments, file, options, kernel, scratch)
    hot = blocks.hottest(AVOIDED)
    # The only loop in it, of one_pass_split, goes over features and is for infinite ones. With all its rounds it is the longer
    # of two ways, which is not taken.
    way = blocks.way(hot, lambda _: int(defines["N_X"]) if "split" in kernel else arguments.rounds, AVOIDED)
    body = blocks.loops[hot]
    if not arguments.tile and "LANES" not in defines:
        sys.exit(f"{file} is compiled without LANES: say by --tile how many samples a warp has in a round of its hot loop")
    lanes = int(defines.get("LANES", 32))
    tile = arguments.tile or 32 // lanes * int(defines["DEPTH"])
    # Lanes of a sample read the same features; where each has a sample, or a part of a product, they read different ones.
    own_rows = lanes == 1 or any(kind in kernel for kind in ("tf32", "bf16", "split"))
    threads = 32 * int(defines.get("WARPS", 8))
    shared = use["fixedShared"] + dynamic_shared(file, defines)
    fits, bound = multiprocessor.blocks(ARCHITECTURE, use["registers"], shared, threads)
    # What a warp issues last in the loop's own code is the branch back to its begin; what stands behind is of diverged warps.
    back = max(blocks.instructions[blocks.end[b] - 1].address for b in body if hot in blocks.next[b])
    return {
        "kernel": kernel,
        "options": options,
        "registers": use["registers"],
        "shared": shared,
        "blocks": fits,
        "boundBy": bound,
        "loop": [hex(blocks.instructions[hot].address), hex(back)],
        "loopsAround": len(blocks.around(hot)),
        "tile": tile,
        "ownRows": own_rows,
        "threads": threads,
        **multiprocessor.counts(way),
        "cycles": multiprocessor.busy(way, own_rows),
    }, blocks, hot, way  # fmt: skip


def explain(count):
    def of(n):
        return f"{n / count['tile']:.3g}"

    print(f"{count['kernel']} {' '.join(count['options'])}")
    print(f"  {count['registers']} registers, {count['shared']:,} bytes of shared memory, {count['blocks']} blocks of a multiprocessor ({count['boundBy']})")
    print(f"  hot loop {count['loop'][0]} to {count['loop'][1]}, {count['loopsAround']} loops around it; a tile has {count['tile']:g} samples")
    print(f"  instructions of a warp for a sample: {of(count['instructions'])}")
    for name in ("pipes", "memory", "operations"):
        print(f"  {name}: " + ", ".join(f"{key} {of(n)}" for key, n in count[name].items()))
    print("  cycles of a multiprocessor for a sample: " + ", ".join(f"{key} {of(n)}" for key, n in count["cycles"].items()))


def step_cycles(work, count, blocks, hot, way):
    """Cycles of a multiprocessor for a step of one block: at least, simulated, at most."""
    warps = count["threads"] // 32
    tiles = -(-work["samples"] // count["tile"])
    d = dict(o[2:].split("=", 1) for o in count["options"] if o.startswith("-D"))
    x, h, y = int(d["N_X"]), int(d["N_H"]), int(d["N_Y"])
    parameters = h * (x + 1) + y * (h + 1) if h else y * (x + 1)
    around = blocks.around(hot)
    if d.get("ENDS") == "1":
        around = around[:-1]  # the last one goes over epochs
    rest_rounds = -(-parameters // count["threads"])

    def rounds(tile_rounds):
        return lambda loop: tile_rounds if loop == hot else 1 if loop in around else rest_rounds

    rest = blocks.way(around[-1], rounds(0), AVOIDED)
    own = count["ownRows"]
    least = max(warps * c for c in add(multiprocessor.busy(rest, own), multiprocessor.busy(way, own), tiles / warps).values())
    busy = add(multiprocessor.busy(rest, own), multiprocessor.busy(way, own), tiles / warps)
    most = warps * sum(v for k, v in busy.items() if k != "issue")
    full = blocks.way(around[-1], rounds(-(-tiles // warps)), AVOIDED)
    simulated = multiprocessor.together(full, warps // multiprocessor.SCHEDULERS, 4 if tiles > 100 else 12, own)
    return least, simulated, max(most, simulated), len(rest)


def add(rest, tile, times):
    return {k: rest.get(k, 0) + times * tile.get(k, 0) for k in {**rest, **tile}}


def predicted(work, machine, compute, precision):
    """Milliseconds of a step at least, most likely and at most."""
    launches = [work["launches"] * us / 1e3 for us in works.LAUNCH]
    if work["kernel"] == "layered":
        rate = machine[precision] * 1e9
        least = sum(max(flop / rate, moved / machine["nominal"] / 1e9) for _, flop, moved in work["calls"])
        likely = sum(max(flop / rate, moved / machine["reached"] / 1e9) for _, flop, moved in work["calls"])
        most = sum(flop / rate + moved / machine["reached"] / 1e9 for _, flop, moved in work["calls"])
        return [t + o for t, o in zip((least, likely, most), launches)]
    hertz = machine["ghz"] * 1e6  # cycles in a millisecond
    if work["kernel"] == "whole_run":
        waves = -(-work["models"] // (machine["sms"] * compute["blocks"]))
        return [waves * c / hertz * work.get("steps", 1) for c in compute["cycles"]]
    memory = [work["bytes"] / machine[m] / 1e9 for m in ("nominal", "reached", "reached")]
    tiles = work["samples"] / compute["tile"] / machine["sms"]
    times = [tiles * c / hertz for c in compute["cycles"]]
    ends = [0, work["passes"] * works.PASS_END / 1e3, work["passes"] * works.PASS_END / 1e3]
    return [max(t, m) + max(o, e) for t, m, o, e in zip(times, memory, launches, ends)]


def predict(arguments):
    ours = measured_card.ours(MEASURED)
    peers = measured_card.peers(MEASURED)
    known = designs()
    counts, rows = {}, []
    with tempfile.TemporaryDirectory() as scratch:
        for name, work in works.WORKS.items():
            for precision in [p for p in ("fp32", "tf32", "bf16") if p in work]:
                part = work[precision]
                compute = None
                if part["kernel"] != "layered":
                    wanted = {k: str(v) for k, v in part["defines"].items()}
                    file = f"kernels/{part['kernel']}.cu"
                    found = [d for d in known if d["file"] == file and wanted.items() <= d["defines"].items()]
                    if len(found) != 1:
                        sys.exit(f"ci/compile-kernels.sh --list has {len(found)} designs of {file} with {wanted}, not one")
                    count, blocks, hot, way = counted(arguments, file, found[0]["options"], part["kernel"], scratch)
                    explain(count)
                    if part["kernel"] == "whole_run":
                        *cycles, count["stepInstructions"] = step_cycles(part, count, blocks, hot, way)
                    else:
                        warps = count["blocks"] * count["threads"] // 32 // multiprocessor.SCHEDULERS
                        alone = multiprocessor.together(way, warps, 9, count["ownRows"])
                        simulated = alone / (warps * multiprocessor.SCHEDULERS)
                        most = sum(v for k, v in count["cycles"].items() if k != "issue")
                        cycles = max(count["cycles"].values()), simulated, max(most, simulated)
                    count["predictedCycles"] = [round(c, 1) for c in cycles]
                    counts[f"{name} {precision}"] = count
                    compute = {"blocks": count["blocks"], "tile": count["tile"], "cycles": cycles}
                times = {m: [float(f"{t:.3g}") for t in predicted(part, machine, compute, precision)] for m, machine in works.MACHINES.items()}
                chosen = ours.get((part.get("measured as", name), precision, "chosen"))
                torch = peers.get((name.split()[0], precision, "PyTorch compiled"))
                rows.append({"work": name, "precision": precision, "kernel": part["kernel"],
                             "bytes": part.get("bytes") or sum(c[2] for c in part.get("calls", [])),
                             "launches": part["launches"], "predictedMs": times,
                             "measuredH200Ms": chosen and chosen[0], "floorMs": work["floor"][precision],
                             "torchPredictedMs": work["torch"][precision], "torchMeasuredH200Ms": torch and torch[0]})  # fmt: skip
    return {"machines": works.MACHINES, "launchMicroseconds": works.LAUNCH, "passEndMicroseconds": works.PASS_END,
            "counts": counts, "works": rows}  # fmt: skip


def works_table(result):
    print("| work | instructions for a sample and warp | cycles of a multiprocessor for a sample: issue; busiest pipes |")
    print("|---|---|---|")
    for name, c in result["counts"].items():
        tile = c["tile"]
        pipes = ", ".join(f"{k} {v / tile:.3g}" for k, v in c["pipes"].items() if v / tile >= 0.1)
        order = sorted(((v, k) for k, v in c["cycles"].items() if k != "issue"), reverse=True)
        busy = ", ".join(f"{k} {v / tile:.3g}" for v, k in order[:3])
        print(f"| {name}, `{c['kernel']}` | {c['instructions'] / tile:.3g}: {pipes} | {c['cycles']['issue'] / tile:.3g}; {busy} |")
    print("\n| work | bytes, launches | H100, predicted | H200, predicted | H200, measured | floor | PyTorch compiled, predicted | H200, measured |")
    print("|---|---|---|---|---|---|---|---|")
    for row in result["works"]:
        cells = [f"{likely:.3g} ({least:.3g}–{most:.3g})" for least, likely, most in row["predictedMs"].values()]
        moved = f"{row['bytes'] / 1e9:.3g} GB, {row['launches']}" if row["bytes"] else "none from memory, one for all steps"
        measured = [f"{m:.3g}" if m and m < 1000 else f"{m:,.0f}" if m else "–" for m in (row["measuredH200Ms"], row["torchMeasuredH200Ms"])]
        print(f"| {row['work']}, {row['precision']} | {moved} | {cells[0]} | {cells[1]} | {measured[0]} | {row['floorMs']} | {row['torchPredictedMs']} | {measured[1]} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["registers", "works", "count", "table"])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--nvcc")
    parser.add_argument("--nvdisasm")
    parser.add_argument("--architectures")
    parser.add_argument("--only", default="")
    parser.add_argument("--kernel")
    parser.add_argument("--tile", type=float)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out")
    arguments, options = parser.parse_known_args()
    sys.setrecursionlimit(100_000)
    if options and arguments.what != "count":
        sys.exit(f"unknown option {options[0]}")
    if arguments.what in ("count", "table") and not arguments.file:
        sys.exit(f"{arguments.what} needs a file")
    if arguments.what == "count":
        with tempfile.TemporaryDirectory() as scratch:
            kernel = arguments.kernel or os.path.basename(arguments.file)[:-3]
            explain(counted(arguments, arguments.file, options, kernel, scratch)[0])
        return
    if arguments.what == "table":
        result = json.load(open(arguments.file))
    else:
        nvcc = run([tool(arguments.nvcc, "nvcc"), "--version"]).splitlines()
        date = datetime.date.today().isoformat()
        result = {"date": date, "commit": run(["git", "rev-parse", "--short", "HEAD"]).strip(),
                  "nvcc": re.search(r"V[\d.]+", "".join(nvcc)).group()}  # fmt: skip
        result.update({"registers": registers, "works": predict}[arguments.what](arguments))
        out = arguments.out or os.path.join(RESULTS, f"sass-{arguments.what}-{date}.json")
        with open(out, "w") as file:
            json.dump(result, file, indent=1 if arguments.what == "works" else None, ensure_ascii=False)
            file.write("\n")
    (works_table if "works" in result else registers_table)(result)


if __name__ == "__main__":
    main()
