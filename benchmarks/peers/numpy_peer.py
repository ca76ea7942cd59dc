"""NumPy by hand: whole-array arithmetic in float32 into arrays that are allocated once."""
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import protocol

# Rows of a full batch are worked on in blocks whose intermediate results stay in cache, by threads that share the blocks
# (NumPy lets go of the interpreter's lock while it computes).
# Logistic regression has next to none and takes larger blocks. The sizes are the best of 1,024 to 500,000.
BLOCK = 2048
BLOCK_WITHOUT_HIDDEN = 16_384
THREADS = os.cpu_count()


class Network:
    """Gradient descent for one network over given rows."""

    def __init__(self, parts, activation, rate, rows):
        self.first = [part.copy() for part in parts]
        self.activation = activation
        self.rate = np.float32(rate)
        self.hidden = parts[0].shape[0] if len(parts) == 4 else 0
        self.block = min(BLOCK if self.hidden else BLOCK_WITHOUT_HIDDEN, rows)
        self.reset()

    def reset(self):
        # Transposed, so that products need no transposed operand.
        self.w = [part.T.copy() for part in self.first[::2]]
        self.b = [part.copy() for part in self.first[1::2]]

    def parameters(self):
        return [part for w, b in zip(self.w, self.b) for part in (w.T, b)]

    def workspace(self):
        n = self.block
        return (
            (np.empty((n, self.hidden), np.float32), np.empty((n, self.hidden), np.float32), np.empty((n, self.hidden), np.float32))
            if self.hidden
            else ()
        )

    def gradient(self, x, y, space):
        """The sum over the samples of the gradient, as a list like w and b."""
        n = len(x)
        if not self.hidden:
            delta = self.output_delta((x @ self.w[0])[:, 0] + self.b[0][0], y)
            return [(delta @ x)[:, None], delta.sum(keepdims=True)]
        a, d, e = (part[:n] for part in space)
        np.matmul(x, self.w[0], out=a)
        a += self.b[0]
        f = self.activation
        if f == "tanh":
            np.tanh(a, out=a)
        elif f == "relu":
            np.maximum(a, 0, out=a)
        elif f == "leaky-relu":
            np.multiply(a, np.float32(0.01), out=d)
            np.maximum(a, d, out=a)
        else:
            np.negative(a, out=a)
            np.exp(a, out=a)
            a += 1
            np.reciprocal(a, out=a)
        delta = self.output_delta(a @ self.w[1][:, 0] + self.b[1][0], y)
        w2 = delta @ a
        np.multiply(delta[:, None], self.w[1][:, 0], out=d)
        if f == "tanh":
            np.multiply(a, a, out=a)
            np.subtract(1, a, out=a)
            d *= a
        elif f == "relu":
            d *= a > 0
        elif f == "leaky-relu":
            np.multiply(d, np.float32(0.01), out=e)
            np.copyto(d, e, where=a <= 0)
        else:
            np.subtract(1, a, out=e)
            e *= a
            d *= e
        return [x.T @ d, d.sum(axis=0), w2[:, None], delta.sum(keepdims=True)]

    @staticmethod
    def output_delta(z, y):
        np.negative(z, out=z)
        # Where exp overflows, its reciprocal is the right 0.
        with np.errstate(over="ignore"):
            np.exp(z, out=z)
        z += 1
        np.reciprocal(z, out=z)
        z -= y
        return z

    def update(self, gradient, rows):
        scale = self.rate / np.float32(rows)
        for part, slope in zip([p for pair in zip(self.w, self.b) for p in pair], gradient):
            part -= scale * slope

    def step(self, x, y, space):
        """One step over some rows, block by block on this thread."""
        total = None
        for first in range(0, len(x), self.block):
            gradient = self.gradient(x[first : first + self.block], y[first : first + self.block], space)
            total = gradient if total is None else [t + g for t, g in zip(total, gradient)]
        self.update(total, len(x))


class NumPy:
    name = "NumPy"

    @staticmethod
    def versions():
        blas = [f"{i['internal_api']} {i['version']} ({i['architecture']} kernels)" for i in threadpool_info() if i["user_api"] == "blas"]
        return {"numpy": np.__version__, "blas": ", ".join(blas)}

    def __init__(self, work):
        self.work = work
        rows = work.batch
        self.networks = [
            Network(work.initial(i), model["activation"], model["rate"], rows) for i, model in enumerate(work.models)
        ]
        self.shared = len(self.networks) > 1 or (work.full_batch and rows >= THREADS * self.networks[0].block)
        # OpenBLAS's own threads pay for large products alone, and not beside ours.
        if self.shared or rows * max(1, work.hidden) < 1_000_000:
            threadpool_limits(1)
        self.pool = ThreadPoolExecutor(THREADS)
        self.spaces = [self.networks[0].workspace() for _ in range(THREADS)]

    def reset(self):
        for network in self.networks:
            network.reset()

    def train(self, steps):
        if len(self.networks) > 1:
            self.many(steps)
        elif self.shared:
            self.full_batch(steps)
        else:
            network, space = self.networks[0], self.spaces[0]
            for first, end in self.work.batches(steps):
                network.step(self.work.x[first:end], self.work.y[first:end], space)

    def full_batch(self, steps):
        """Threads take equal parts of the rows."""
        network, rows = self.networks[0], self.work.rows

        def part(thread):
            total = None
            start, end = rows * thread // THREADS, rows * (thread + 1) // THREADS
            for first in range(start, end, network.block):
                last = min(end, first + network.block)
                gradient = network.gradient(self.work.x[first:last], self.work.y[first:last], self.spaces[thread])
                total = gradient if total is None else [t + g for t, g in zip(total, gradient)]
            return total

        for _ in range(steps):
            parts = list(self.pool.map(part, range(THREADS)))
            network.update([sum(slopes) for slopes in zip(*parts)], rows)

    def many(self, steps):
        """Threads take networks."""

        def part(thread):
            for network in self.networks[thread::THREADS]:
                for _ in range(steps):
                    network.step(self.work.x, self.work.y, self.spaces[thread])

        list(self.pool.map(part, range(THREADS)))

    def parameters(self):
        return [network.parameters() for network in self.networks]


if __name__ == "__main__":
    protocol.main(NumPy)
