"""What the scripts of this folder share: how our Java is started, and what a record of results says about its origin."""
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TARGET = HERE / "target"
RESULTS = HERE / "results"
DATA = TARGET / "data"


def build():
    """Installs ShallowNet and builds the benchmarks, unless the benchmarks are newer than every source."""
    jar = TARGET / "benchmarks.jar"
    sources = [ROOT / "pom.xml", HERE / "pom.xml"]
    for folder in (ROOT / "src" / "main", ROOT / "kernels", HERE / "src"):
        sources += [file for file in folder.rglob("*") if file.is_file()]
    if jar.exists() and all(file.stat().st_mtime <= jar.stat().st_mtime for file in sources):
        return
    say("building ...")
    options = ["-q", "-B", "-ntp", "-DskipTests", "-Djacoco.skip=true", "-Dspotless.check.skip=true"]
    for pom, goal in ((ROOT / "pom.xml", "install"), (HERE / "pom.xml", "package")):
        subprocess.run([str(ROOT / "mvnw"), *options, "-f", str(pom), goal], check=True, stdout=sys.stderr)


def java_home(home=None):
    """The JDK to use: the one given, JAVA_HOME, or that of the java on the PATH."""
    home = home or os.environ.get("JAVA_HOME")
    if home:
        return Path(home)
    java = shutil.which("java")
    if not java:
        sys.exit("there is no Java here; install a JDK 17 or newer, or set JAVA_HOME to one")
    return Path(java).resolve().parents[1]


def environment():
    """The variables that everyone runs with: without what someone chose for another OpenBLAS."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}


def java_version(home):
    release = (home / "release").read_text(encoding="utf-8")
    return re.search('JAVA_VERSION="([^"]*)"', release).group(1)


def java_options(home):
    """The launcher's options for Java."""
    options = ["-XX:+UseParallelGC", "-XX:MaxRAMPercentage=75", "--add-modules", "jdk.incubator.vector", "-XX:CompileCommand=quiet"]
    for kernels in ("VectorKernels", "VectorOutputs", "VectorWeightedOutputs"):
        options.append(f"-XX:CompileCommand=dontinline,org.shallownet.backend.cpu.vector.{kernels}::*")
    if int(re.match("[0-9]+", java_version(home)).group()) >= 24:
        options += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
    return options


def java(home, *arguments):
    """The command that runs a class of the benchmarks."""
    classes = os.pathsep.join([str(TARGET / "benchmarks.jar"), str(TARGET / "lib" / "*")])
    return [str(home / "bin" / "java"), *java_options(home), "-cp", classes, *map(str, arguments)]


def say(text):
    print(text, file=sys.stderr, flush=True)


def origin():
    """Where and from what results come."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            "system": f"{platform.system()} {platform.release()}",
            "distribution": distribution(),
        },
    }


def commit():
    """The commit, with -dirty where files differ from it, but for results."""
    git = ["git", "-C", str(ROOT)]
    described = subprocess.run(
        [*git, "rev-parse", "--short=12", "HEAD"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    if described.returncode:
        return "unknown"
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--", ".", ":!benchmarks/results"], stdout=subprocess.PIPE, text=True
    )
    return described.stdout.strip() + ("-dirty" if changed.stdout.strip() else "")


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            cpu = dict(re.findall(r"^(\w[\w ]*\w)\s*: (.*)$", info.read().split("\n\n")[0], re.MULTILINE))
        return f"{cpu['model name']} (family {cpu['cpu family']}, model {cpu['model']})"
    except (OSError, KeyError):
        return platform.processor() or platform.machine()


def distribution():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, AttributeError, KeyError):
        return ""


def write_record(file, record):
    """Writes results so that a crash leaves the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(file)


def date():
    return datetime.date.today().isoformat()
