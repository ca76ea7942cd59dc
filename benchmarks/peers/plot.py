#!/usr/bin/env python3
"""Draws samples per second over m and over the number of hidden units from what sweep.py measured.

  benchmarks/peers/plot.py benchmarks/results/sweep-DATE.json      writes sweep-DATE.svg beside it

Needs matplotlib; runs itself by the Python that has it, as compare.py does.
"""
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import contestants

NAMES = {"shallownet": "ShallowNet", "numpy": "NumPy", "pytorch": "PyTorch", "jax": "JAX", "scikit-learn": "scikit-learn", "pytorch-compiled": "PyTorch, compiled"}


def draw(file):
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    # The same file from the same figures, so that version control sees changes of figures only.
    plt.rcParams.update({"svg.hashsalt": "shallownet", "svg.fonttype": "none", "font.size": 9})
    results = json.loads(file.read_text(encoding="utf-8"))
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    sweeps = (("samples", "hidden", 64, "samples m, 64 hidden units"), ("hidden", "samples", 100_000, "hidden units, 100,000 samples"))
    for panel, (along, fixed, value, label) in zip(panels, sweeps):
        for who, name in NAMES.items():
            points = sorted((p[along], p["seconds"], p["samples"]) for p in results["points"] if p["who"] == who and p[fixed] == value)
            if not points:
                continue
            rates = [m / statistics.median(seconds) for _, seconds, m in points]
            errors = [
                [rate - m / max(seconds) for rate, (_, seconds, m) in zip(rates, points)],
                [m / min(seconds) - rate for rate, (_, seconds, m) in zip(rates, points)],
            ]
            panel.errorbar([x for x, *_ in points], rates, yerr=errors, marker="o", markersize=3, capsize=2, label=name, linewidth=2 if who == "shallownet" else 1)
        panel.set_xscale("log", base=10 if along == "samples" else 2)
        panel.set_yscale("log")
        panel.set_xlabel(label)
        panel.grid(alpha=0.3)
    panels[1].set_xticks([4, 16, 64, 256, 1024], ["4", "16", "64", "256", "1,024"])
    panels[0].set_ylabel("samples a second, higher is better")
    panels[0].legend(loc="lower right", fontsize=8)
    machine = results["machine"]
    figure.suptitle(f"28 features, tanh, full-batch iterations; {machine['cores']} cores of {machine['processor'].split(' (')[0]}, {results['date'][:10]}", fontsize=9)
    figure.tight_layout()
    target = file.with_suffix(".svg")
    figure.savefig(target, metadata={"Date": None})
    print(target)


def main():
    file = Path(sys.argv[1])
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        if os.environ.get("SHALLOWNET_PLOTTING"):
            raise
        sys.exit(subprocess.call([contestants.python(), *sys.argv], env={**os.environ, "SHALLOWNET_PLOTTING": "1"}))
    draw(file)


if __name__ == "__main__":
    main()
