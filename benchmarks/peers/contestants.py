"""Starts those who take part in a comparison and speaks with them as protocol.py says."""
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import project

PEERS = {
    # name: script, extra environment
    "numpy": ("numpy_peer.py", {}),
    "pytorch": ("torch_peer.py", {}),
    "pytorch-compiled": ("torch_peer.py", {"COMPILED": "1"}),
    "jax": ("jax_peer.py", {}),
    "scikit-learn": ("sklearn_peer.py", {}),
}
PACKAGES = ["numpy", "torch", "jax", "scikit-learn", "threadpoolctl", "matplotlib"]


def python():
    """The Python that has the peers: $PYTHON, else that of an environment that is made once."""
    if os.environ.get("PYTHON"):
        return os.environ["PYTHON"]
    environment = project.TARGET / "peers"
    interpreter = environment / "bin" / "python"
    if not (environment / "complete").exists():
        project.say(f"installing {', '.join(PACKAGES)} in {environment} ...")
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(interpreter), "-m", "pip", "install", "-q", *PACKAGES], check=True)
        (environment / "complete").touch()
    return str(interpreter)


def peer_environment(name):
    """The variables that a peer runs best with."""
    environment = project.environment()
    # glibc gives freed pages back and takes them anew at each temporary array; these peers lose up to a half by that.
    environment.update(MALLOC_TRIM_THRESHOLD_="100000000000", MALLOC_MMAP_THRESHOLD_="100000000000", MALLOC_TOP_PAD_="1000000000")
    environment.update(PEERS[name][1])
    return environment


def describe(work, rows=None, hidden=None, home=None):
    """Writes the files of a work, unless they are there, and returns the description's name."""
    sizes = [] if rows is None else [rows] if hidden is None else [rows, hidden]
    command = project.java(home or project.java_home(), "org.shallownet.benchmarks.WorkFiles", work, project.DATA, *sizes)
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Contestant:
    """A running process that trains one work."""

    def __init__(self, label, command, environment=None):
        self.label = label
        self.log = open(project.TARGET / f"{label.replace(' ', '-')}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment
        )
        self.versions = self.answer()

    @classmethod
    def ours(cls, home, work, rows=None, hidden=None):
        sizes = [] if rows is None else [rows] if hidden is None else [rows, hidden]
        label = f"shallownet-jdk{project.java_version(home).split('.')[0]}"
        command = project.java(home, "org.shallownet.benchmarks.ComparedTraining", work, project.DATA, *sizes)
        return cls(label, command, project.environment())

    @classmethod
    def peer(cls, name, description):
        command = [python(), str(HERE / PEERS[name][0]), description]
        return cls(name, command, peer_environment(name))

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            raise RuntimeError(f"{self.label} ended with {self.process.returncode}:\n{self.log.read()[-2000:]}")
        return json.loads(line)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()
