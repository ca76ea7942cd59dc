"""JAX on the works a to e of benchmarks/README.md, on the GPU: one JSON line for each work. Usage: peer_jax.py [a b c d e]

jit-compiled steps; (d) is one fori_loop of 10,000 iterations; float32 with the precision named. Medians after warm-up.
"""
import functools, json, statistics, sys, time
import jax, jax.numpy as jnp


def emit(work, mode, unit, value, **more):
    print(json.dumps(dict(work=work, mode=mode, unit=unit, value=value, jax=jax.__version__, device=str(jax.devices()[0]), **more)), flush=True)


def net(params, x, act):
    for i, (w, b) in enumerate(params):
        x = x @ w + b
        if i < len(params) - 1:
            x = act(x)
    return x


def bce(params, x, y, act):
    z = net(params, x, act)[:, 0]
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))


def ce(params, x, y, act):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(net(params, x, act)), y[:, None], 1))


def start(sizes, key):
    return [(jax.random.normal(k, (a, b)) / a ** .5, jnp.zeros(b)) for k, a, b in zip(jax.random.split(key, len(sizes)), sizes, sizes[1:])]


def timed(f, reps):
    f(); f()
    out = []
    for _ in range(reps):
        t = time.perf_counter(); f(); out.append((time.perf_counter() - t) * 1e3)
    return statistics.median(out), min(out), max(out)


def work(name, sizes, act, loss, m, lr, reps=7, inner=3):
    key = jax.random.PRNGKey(0)
    x = jax.random.normal(key, (m, sizes[0]))
    y = jax.random.bernoulli(key, .5, (m,)).astype(jnp.float32) if loss is bce else jax.random.randint(key, (m,), 0, sizes[-1])
    for precision in ("highest", "default"):  # fp32, then tf32 on these cards
        with jax.default_matmul_precision(precision):
            step = jax.jit(lambda p, x, y: jax.tree.map(lambda a, g: a - lr * g, p, jax.grad(loss)(p, x, y, act)))
            p = [start(sizes, key)]

            def run():
                for _ in range(inner):
                    p[0] = step(p[0], x, y)
                jax.block_until_ready(p[0])
            med, lo, hi = timed(run, reps)
            emit(name, "jit", "ms/step", med / inner, min=lo / inner, max=hi / inner, precision=precision)


def planar(iters=10_000):
    key = jax.random.PRNGKey(0)
    x, y = jax.random.normal(key, (400, 2)), jax.random.bernoulli(key, .5, (400,)).astype(jnp.float32)
    body = lambda i, p: jax.tree.map(lambda a, g: a - 1.2 * g, p, jax.grad(bce)(p, x, y, jnp.tanh))
    run = jax.jit(lambda p: jax.lax.fori_loop(0, iters, body, p))
    p = start([2, 4, 1], key)
    with jax.default_matmul_precision("highest"):
        med, lo, hi = timed(lambda: jax.block_until_ready(run(p)), 3)
    emit("d", "fori_loop", f"ms for {iters} iterations", med, min=lo, max=hi, precision="highest")


def many(models=1024, m=10_000):
    key = jax.random.PRNGKey(0)
    x, y = jax.random.normal(key, (m, 10)), jax.random.bernoulli(key, .5, (m,)).astype(jnp.float32)
    p = [jax.vmap(lambda k: start([10, 32, 1], k))(jax.random.split(key, models))]
    lr = jnp.linspace(.01, 1, models)
    step = jax.jit(jax.vmap(lambda q, r: jax.tree.map(lambda a, g: a - r * g, q, jax.grad(bce)(q, x, y, jnp.tanh))))

    def run():
        p[0] = step(p[0], lr); jax.block_until_ready(p[0])
    for precision in ("highest", "default"):
        with jax.default_matmul_precision(precision):
            med, lo, hi = timed(run, 5)
        emit("e", "vmap jit", "ms/step of 1,024 models", med, min=lo, max=hi, precision=precision)


works = sys.argv[1:] or list("abcde")
if "a" in works: work("a", [28, 64, 1], jnp.tanh, bce, 10_000_000, .5)
if "b" in works: work("b", [784, 1024, 10], jax.nn.relu, ce, 65_536, .1)
if "c" in works: work("c", [28, 1], jnp.tanh, bce, 50_000_000, .5)
if "d" in works: planar()
if "e" in works: many()
