"""How a tool takes part in a comparison: it reads a work's files, trains when told to, and answers in JSON.

A peer is a class with

  name, versions()                   what it is
  __init__(work)                     takes the data in and gets ready to train
  reset()                            goes back to the first weights, untimed
  train(steps)                       takes so many steps from there and returns when they are done
  parameters()                       for each network [W1, b1, W2, b2], or [W, b] without a hidden layer, as NumPy arrays
                                     with a row per unit

and hands itself to main(). Commands come on standard input, one a line: load, train N, cost. As a whole process,

  python peers/PEER.py DESCRIPTION --once N

loads, takes N steps and writes the weights: what a script of one's own would do, from start to end.
"""
import json
import sys
import tempfile
import time

import numpy as np


class Work:
    """A work as benchmarks/.../WorkFiles.java describes it."""

    def __init__(self, file):
        with open(file, encoding="utf-8") as text:
            description = json.load(text)
        self.id = description["work"]
        self.rows = description["rows"]
        self.features = description["features"]
        self.hidden = description["hidden"]
        self.batch = description["batch"]
        self.models = description["models"]
        # Row i lies in fold i mod this, and network m is trained on all rows but those of fold m mod this; 0: on all rows.
        self.folds = description.get("folds", 0)
        table = np.load(description["data"])
        # Where batches are smaller than the data, in the order in which ShallowNet visits the samples in its first
        # epoch: peers go through consecutive rows, which costs them nothing, and see the same batches.
        if description["order"]:
            table = table[np.load(description["order"])[:, 0]]
        self.x = np.ascontiguousarray(table[:, :-1])
        self.y = np.ascontiguousarray(table[:, -1])
        self.weights = np.load(description["weights"])

    def rows_of(self, model):
        """What a network is trained on."""
        if not self.folds:
            return self.x, self.y
        own = np.arange(self.rows) % self.folds != model % self.folds
        return np.ascontiguousarray(self.x[own]), np.ascontiguousarray(self.y[own])

    @property
    def full_batch(self):
        return self.batch == self.rows

    def initial(self, model):
        """The first [W1, b1, W2, b2] of a network, copies, with a row per unit."""
        theta, parts, at, below = self.weights[model], [], 0, self.features
        for units in ([self.hidden] if self.hidden else []) + [1]:
            parts.append(theta[at : at + units * below].reshape(units, below).copy())
            at += units * below
            parts.append(theta[at : at + units].copy())
            at += units
            below = units
        return parts

    def batches(self, steps):
        """The first and the end row of each step's batch."""
        per_epoch = -(-self.rows // self.batch)
        for step in range(steps):
            first = step % per_epoch * self.batch
            yield first, min(self.rows, first + self.batch)


def activate(name, z):
    if name == "relu":
        return np.maximum(z, 0)
    if name == "leaky-relu":
        return np.maximum(0.01 * z, z)
    if name == "tanh":
        return np.tanh(z)
    return 1 / (1 + np.exp(-z))


def cost(work, peer):
    """The mean binary cross-entropy over all samples, on average over the networks."""
    costs = []
    for model, parts in zip(work.models, peer.parameters()):
        total = 0.0
        for first in range(0, work.rows, 50_000):
            a = work.x[first : first + 50_000].astype(np.float64)
            for i in range(0, len(parts) - 2, 2):
                a = activate(model["activation"], a @ parts[i].T + parts[i + 1])
            z = (a @ parts[-2].T + parts[-1])[:, 0]
            y = work.y[first : first + 50_000]
            total += float(np.sum(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))))
        costs.append(total / work.rows)
    return sum(costs) / len(costs)


def main(peer_class):
    description, *options = sys.argv[1:]
    if options:
        peer = peer_class(Work(description))
        peer.reset()
        peer.train(int(options[1]))
        with tempfile.TemporaryFile() as file:
            np.savez(file, *[part for parts in peer.parameters() for part in parts])
        return
    answer = lambda **values: print(json.dumps(values), flush=True)
    answer(**peer_class.versions())
    work = peer = None
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "load":
            work = Work(description)
            peer = peer_class(work)
            answer()
        elif command == "train":
            answer(seconds=timed(peer, int(arguments[0])))
        elif command == "cost":
            answer(cost=cost(work, peer))


def timed(peer, steps):
    """How long a training from the first weights takes."""
    peer.reset()
    started = time.perf_counter()
    peer.train(steps)
    return time.perf_counter() - started
