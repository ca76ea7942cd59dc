"""PyTorch on the processor: autograd, eager or compiled (COMPILED=1), parameters updated in place."""
import os

import torch
import torch.nn.functional as F

import protocol

COMPILED = os.environ.get("COMPILED") == "1"
ACTIVATIONS = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky-relu": lambda z: F.leaky_relu(z, 0.01),
    "sigmoid": torch.sigmoid,
}


def loss_of(f, x, y, *p):
    a = f(F.linear(x, p[0], p[1])) if len(p) == 4 else x
    return F.binary_cross_entropy_with_logits(F.linear(a, p[-2], p[-1])[:, 0], y)


class PyTorch:
    name = "PyTorch, compiled" if COMPILED else "PyTorch"

    @staticmethod
    def versions():
        return {"torch": torch.__version__, "capability": torch.backends.cpu.get_cpu_capability()}

    def __init__(self, work):
        # Small matrices gain nothing from threads, which only wait for each other.
        if work.batch * max(1, work.hidden) < 100_000:
            torch.set_num_threads(1)
        self.work = work
        self.x = torch.from_numpy(work.x)
        self.y = torch.from_numpy(work.y)
        self.loss = torch.compile(loss_of, dynamic=False) if COMPILED else loss_of
        self.reset()

    def reset(self):
        self.networks = [
            [torch.from_numpy(part).requires_grad_() for part in self.work.initial(i)] for i in range(len(self.work.models))
        ]

    def train(self, steps):
        # One network after the other: together, batched, they take longer, as their activations leave the cache.
        for model, p in zip(self.work.models, self.networks):
            f = ACTIVATIONS.get(model["activation"])
            for first, end in self.work.batches(steps):
                gradient = torch.autograd.grad(self.loss(f, self.x[first:end], self.y[first:end], *p), p)
                with torch.no_grad():
                    torch._foreach_add_(p, gradient, alpha=-model["rate"])

    def parameters(self):
        return [[part.detach().numpy() for part in p] for p in self.networks]


if __name__ == "__main__":
    protocol.main(PyTorch)
