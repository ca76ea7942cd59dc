"""JAX on the processor: the steps of a training in one compiled loop, networks that differ by their rate in one vmap."""
import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

import protocol

ACTIVATIONS = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky-relu": lambda z: jax.nn.leaky_relu(z, 0.01),
    "sigmoid": jax.nn.sigmoid,
}


def loss(f, p, x, y):
    if len(p) == 4:
        z = (f(x @ p[0].T + p[1]) @ p[2].T + p[3])[:, 0]
    else:
        z = (p[0] @ x)[0] + p[1]
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))


def step(f, rate, p, x, y):
    return [a - rate * g for a, g in zip(p, jax.grad(loss, argnums=1)(f, p, x, y))]


class JAX:
    name = "JAX"

    @staticmethod
    def versions():
        return {"jax": jax.__version__}

    def __init__(self, work):
        self.work = work
        # Without a hidden layer JAX is twice as fast with a row per feature.
        self.x = jnp.asarray(work.x if work.hidden else np.ascontiguousarray(work.x.T))
        self.y = jnp.asarray(work.y)
        # Networks of the same activation are trained together.
        self.groups = {}
        for i, model in enumerate(work.models):
            self.groups.setdefault(model["activation"], []).append(i)
        self.loops = {f: self.loop(ACTIVATIONS.get(f)) for f in self.groups}
        self.reset()

    def loop(self, f):
        """A compiled function of (rates, parameters, x, y, first batch, number of batches)."""
        batch = self.work.batch

        def train(rate, p, x, y, begin, steps):
            def body(i, p):
                if self.work.full_batch:
                    return step(f, rate, p, x, y)
                bx = jax.lax.dynamic_slice_in_dim(x, i * batch, batch)
                by = jax.lax.dynamic_slice_in_dim(y, i * batch, batch)
                return step(f, rate, p, bx, by)

            return jax.lax.fori_loop(begin, begin + steps, body, p)

        if len(self.work.models) > 1:
            train = jax.vmap(train, in_axes=(0, 0, None, None, None, None))
        last = jax.jit(lambda rate, p, x, y: step(f, rate, p, x, y))
        return jax.jit(train), last

    def reset(self):
        self.networks = {}
        for f, members in self.groups.items():
            parts = zip(*[self.work.initial(i) for i in members])
            stacked = [jnp.asarray(np.stack(part)) for part in parts]
            self.networks[f] = stacked if len(self.work.models) > 1 else [part[0] for part in stacked]
        jax.block_until_ready(self.networks)

    def train(self, steps):
        for f, members in self.groups.items():
            rates = jnp.asarray([self.work.models[i]["rate"] for i in members], jnp.float32)
            rate = rates if len(self.work.models) > 1 else rates[0]
            loop, last = self.loops[f]
            if self.work.full_batch:
                self.networks[f] = loop(rate, self.networks[f], self.x, self.y, 0, steps)
                continue
            whole, rest = divmod(self.work.rows, self.work.batch)
            done = 0
            while done < steps:
                now = min(whole, steps - done)
                self.networks[f] = loop(rate, self.networks[f], self.x, self.y, 0, now)
                done += now
                if rest and done < steps:
                    self.networks[f] = last(rate, self.networks[f], self.x[-rest:], self.y[-rest:])
                    done += 1
        jax.block_until_ready(self.networks)

    def parameters(self):
        networks = [None] * len(self.work.models)
        for f, members in self.groups.items():
            for k, i in enumerate(members):
                group = self.networks[f]
                networks[i] = [np.asarray(part[k] if len(networks) > 1 else part) for part in group]
        return networks


if __name__ == "__main__":
    protocol.main(JAX)
