"""PyTorch on the works a to e of benchmarks/README.md, on the GPU: one JSON line for each work and mode. Usage: peer_torch.py [a b c d e]

Times with CUDA events after warm-up, random data, median of several runs. Modes: eager, compiled (torch.compile),
graph (manual CUDA graph of one step); fp32 and, where named, tf32 and bf16, which is torch.autocast: parameters and
samples are float32, products are of bfloat16.
"""
import json, statistics, sys, time
import torch
import torch.nn.functional as F

dev = "cuda"


def emit(work, mode, unit, value, **more):
    print(json.dumps(dict(work=work, mode=mode, unit=unit, value=value, torch=torch.__version__,
                          device=torch.cuda.get_device_name(), **more)), flush=True)


def timed(step, reps, inner=1):
    for _ in range(3):
        step()
    torch.cuda.synchronize()
    out = []
    for _ in range(reps):
        a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        a.record()
        for _ in range(inner):
            step()
        b.record()
        torch.cuda.synchronize()
        out.append(a.elapsed_time(b) / inner)
    return statistics.median(out), min(out), max(out)


def graphed(step):
    s = torch.cuda.Stream()
    s.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(s):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(s)
    g = torch.cuda.CUDAGraph()
    with torch.cuda.graph(g):
        step()
    return g.replay


def trainer(sizes, act, out, x, y, lr, bf16):
    """One full-batch gradient-descent step on (x, y)."""
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(torch.nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(act())
    net = torch.nn.Sequential(*layers).to(dev)
    params = list(net.parameters())

    def loss_of():
        # What autocast keeps of weights must not outlive a captured step.
        with torch.autocast(dev, torch.bfloat16, enabled=bf16, cache_enabled=False):
            z = net(x)
        z = z.float()
        return F.binary_cross_entropy_with_logits(z.squeeze(1), y) if out == "sigmoid" else F.cross_entropy(z, y)

    def make(forward):
        def step():
            for p in params:
                p.grad = None
            forward().backward()
            with torch.no_grad():
                torch._foreach_add_(params, [p.grad for p in params], alpha=-lr)
        return step
    return make(loss_of), make(torch.compile(loss_of)), net


def run(work, sizes, act, out, m, lr, reps=10, inner=1, precisions=("fp32", "tf32", "bf16"), per="ms/step"):
    x = torch.randn(m, sizes[0], device=dev)
    y = (torch.rand(m, device=dev) > 0.5).float() if out == "sigmoid" else torch.randint(0, sizes[-1], (m,), device=dev)
    for name in precisions:
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        eager, compiled, _ = trainer(sizes, act, out, x, y, lr, name == "bf16")
        for mode, make in (("eager", lambda: eager), ("compiled", lambda: compiled), ("graph", lambda: graphed(eager))):
            try:
                med, lo, hi = timed(make(), reps, inner)
                emit(work, mode, per, med, min=lo, max=hi, precision=name)
            except Exception as e:  # a mode that cannot run is a result too
                emit(work, mode, per, None, error=str(e)[:200], precision=name)
        torch._dynamo.reset()


def planar(iters=10_000):
    run("d", [2, 4, 1], torch.nn.Tanh, "sigmoid", 400, 1.2, reps=3, inner=1000, precisions=("fp32",), per="ms/iteration")


def many(models=1024, m=10_000, n_x=10, n_h=32):
    x = torch.randn(m, n_x, device=dev)
    y = (torch.rand(m, device=dev) > 0.5).float()
    p = [torch.randn(models, n_x, n_h, device=dev) * .3, torch.zeros(models, 1, n_h, device=dev),
         torch.randn(models, n_h, 1, device=dev) * .2, torch.zeros(models, 1, 1, device=dev)]
    for q in p:
        q.requires_grad_(True)
    lr = torch.linspace(.01, 1, models, device=dev).view(-1, 1, 1)

    def loss_of():
        h = torch.tanh(torch.matmul(x, p[0]) + p[1])
        z = (torch.matmul(h, p[2]) + p[3]).squeeze(2)
        return F.binary_cross_entropy_with_logits(z, y.expand(models, m), reduction="sum") / m

    def make(f):
        def step():
            for q in p:
                q.grad = None
            f().backward()
            with torch.no_grad():
                for q in p:
                    q -= lr * q.grad
        return step
    for t in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = t
        for mode, f in (("eager", loss_of), ("compiled", torch.compile(loss_of))):
            try:
                med, lo, hi = timed(make(f), 5, 5)
                emit("e", mode, "ms/step of 1,024 models", med, min=lo, max=hi, precision="tf32" if t else "fp32")
            except Exception as e:
                emit("e", mode, "ms/step of 1,024 models", None, error=str(e)[:200])


works = sys.argv[1:] or list("abcde")
if "a" in works: run("a", [28, 64, 1], torch.nn.Tanh, "sigmoid", 10_000_000, .5, reps=7, inner=3)
if "b" in works: run("b", [784, 1024, 10], torch.nn.ReLU, "softmax", 65_536, .1, reps=7, inner=5)
if "c" in works: run("c", [28, 1], torch.nn.Identity, "sigmoid", 50_000_000, .5, reps=7, inner=3, precisions=("fp32",))
if "d" in works: planar()
if "e" in works: many()
free, total = torch.cuda.mem_get_info()
n = 1 << 31
a, b = torch.empty(n, dtype=torch.uint8, device=dev), torch.empty(n, dtype=torch.uint8, device=dev)
emit("ceiling", "copy", "GB/s read+write", 2 * n / timed(lambda: b.copy_(a), 7)[0] / 1e6)
