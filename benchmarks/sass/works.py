"""The works a to e on a card: which kernel trains them, how many rounds it takes, and what moves.

A work of the layered engine has calls instead, one after the other: products of cuBLAS and kernels that are bound by memory.
"""

MEGA = 1e6

# Machines: multiprocessors, GHz, TB/s as the maker says and as measured (an H100's by the same part), TFLOP/s of float32, TF32 and bfloat16.
H200 = {"sms": 132, "ghz": 1.98, "nominal": 4.8, "reached": 4.25, "fp32": 66.9, "tf32": 494.7, "bf16": 989.4}
H100 = {"sms": 132, "ghz": 1.98, "nominal": 3.35, "reached": 3.35 * 4.25 / 4.8, "fp32": 66.9, "tf32": 494.7, "bf16": 989.4}
MACHINES = {"H100": H100, "H200": H200}

# Microseconds that a launch of a recorded step takes at least, mostly and at most, and that a pass loses at its end. The first
# three are assumed; the last was measured on an H200 (benchmarks/README.md).
LAUNCH = (1, 2, 4)
PASS_END = 10


def one_pass(samples, features, **defines):
    floats = 1 << 28  # of a pass, on a card with 80 GB or more
    rows = 1 << ((floats // features).bit_length() - 1)
    passes = -(-samples // rows)
    return {
        "kernel": "one_pass",
        "samples": samples,
        "passes": passes,
        "launches": 2 * passes + 2,  # with one_pass_finish, the optimizer's step and the counter
        "bytes": 4 * (features + 1) * samples,
        "defines": {"N_X": features, "WEIGHTED": 0, "LOSS": 0, "DROPS": 0, **defines},
    }


def whole_run(samples, models, **defines):
    return {
        "kernel": "whole_run",
        "samples": samples,
        "models": models,
        "passes": 0,
        "launches": 0,  # one for all steps
        "bytes": 0,  # samples stay in shared memory or in the level-2 cache
        "defines": {"WEIGHTED": 0, "LOSS": 0, "DROPS": 0, "FRONT": 0, "REFINED": 0, "ENDS": 0, **defines},
    }


def layered(rows, inputs, hidden, outputs):
    """The calls of a step: name, operations of a product, bytes that are read and written, launches."""
    x, a, z = rows * inputs * 4, rows * hidden * 4, rows * outputs * 4
    wide, narrow = 2 * rows * inputs * hidden, 2 * rows * hidden * outputs
    return {
        "kernel": "layered",
        "samples": rows,
        "passes": 0,
        "launches": 16,
        "calls": [
            ("product forward", wide, x + a),
            ("bias and activation", 0, 2 * a),
            ("logits", narrow, a + z),
            ("bias of logits, output", 0, 4 * z),
            ("gradient of the output's weights", narrow, a + z),
            ("derivatives by activations", narrow, a + z),
            ("way back through the activation", 0, 3 * a),
            ("gradient of the first weights", wide, x + a),
            ("gradients of biases", 0, a + z),
        ],
    }


def with_output_pass(rows, inputs, hidden, outputs):
    """The same with a pass over the output layer, which leaves sums over 264 slices of rows at most."""
    x, a, z = rows * inputs * 4, rows * hidden * 4, rows * outputs * 4
    wide = 2 * rows * inputs * hidden
    sums = min(264, -(-rows // 32)) * (hidden * (outputs + 1) + outputs) * 4
    return {
        "kernel": "layered",
        "samples": rows,
        "passes": 0,
        "launches": 7,
        "calls": [
            ("product forward", wide, x + a),
            ("pass forward", 0, a + z),
            ("pass back", 0, 2 * a + z + sums),
            ("sums put together", 0, sums),
            ("gradient of the first weights", wide, x + a),
        ],
    }


# What is said beside a prediction: floors, what PyTorch was predicted to take before anything was measured, and where the
# measured times stand: under the work's own name, or another. Peers' stand under its first word. Milliseconds; of d for 10,000 steps.
WORKS = {
    "a": {
        "fp32": {**one_pass(10_000_000, 28, N_H=64, ACTIVATION="Tanh"), "kernel": "one_pass_split", "measured as": None},
        "tf32": {**one_pass(10_000_000, 28, N_H=64, ACTIVATION="Tanh"), "kernel": "one_pass_tf32"},
        "bf16": {**one_pass(10_000_000, 28, N_H=64, ACTIVATION="Tanh"), "kernel": "one_pass_bf16"},
        "floor": {"fp32": "0.47", "tf32": "0.27", "bf16": "0.27"},
        "torch": {"fp32": "6–8", "tf32": "–", "bf16": "–"},
    },
    "a by multiply-adds": {
        "fp32": {**one_pass(10_000_000, 28, N_H=64, ACTIVATION="Tanh"), "measured as": "a"},
        "floor": {"fp32": "1.2"},
        "torch": {"fp32": "6–8"},
    },
    "b": {
        "fp32": layered(65_536, 784, 1024, 10),
        "tf32": layered(65_536, 784, 1024, 10),
        "floor": {"fp32": "3.2", "tf32": "0.43"},
        "torch": {"fp32": "4.8", "tf32": "1.3"},
    },
    "b with an output pass": {
        "fp32": with_output_pass(65_536, 784, 1024, 10),
        "tf32": with_output_pass(65_536, 784, 1024, 10),
        "floor": {"fp32": "3.2", "tf32": "0.43"},
        "torch": {"fp32": "4.8", "tf32": "1.3"},
    },
    "c": {
        "fp32": one_pass(50_000_000, 28, N_H=0),
        "floor": {"fp32": "1.3"},
        "torch": {"fp32": "4–8"},
    },
    "d": {
        "fp32": {**whole_run(400, 1, N_X=2, N_H=4, RESIDENT=1, ENDS=1), "steps": 10_000},
        "floor": {"fp32": "launches"},
        "torch": {"fp32": "300–3,000"},
    },
    "e": {
        "fp32": whole_run(10_000, 1024, N_X=10, N_H=32, ACTIVATION="Tanh", SHUFFLED=0),
        "floor": {"fp32": "0.25"},
        "torch": {"fp32": "4–6"},
    },
}
