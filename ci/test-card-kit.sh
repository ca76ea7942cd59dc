#!/usr/bin/env bash
# Rehearses ci/card: makes the bundle and runs a part of it on the emulated CUDA 13, in a network namespace of its own and
# without Java on the PATH. Of the tests of tag cuda it runs the streaming ones and one variant of the contract kit: the
# build has run them all on the emulation, here it counts that the bundle finds and runs them.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -sm)" != "Linux x86_64" ] || ! command -v g++ >/dev/null; then
  echo "skipped: the CUDA emulation needs Linux on x86-64 and g++; nothing of ci/card was rehearsed"
  exit 0
fi
if ! command -v zip >/dev/null || ! command -v xz >/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends zip xz-utils; } \
      >/dev/null 2>&1 || :
  fi
  if ! command -v zip >/dev/null || ! command -v xz >/dev/null; then
    echo "skipped: the bundle needs zip and xz, and apt can't install them here; nothing of ci/card was rehearsed"
    exit 0
  fi
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $1" >&2
  tail -n 60 "$scratch"/*.txt "$scratch"/out/*.log "$scratch"/out/summary.txt 2>/dev/null >&2 || :
  exit 1
}

started=$SECONDS
ci/card/make-bundle "$scratch/a bundle"
echo "made in $((SECONDS - started)) s"

# The emulation is built by a JDK, before Java leaves the PATH.
./mvnw -q -B -ntp dependency:build-classpath -Dmdep.includeScope=test "-Dmdep.outputFile=$scratch/class-path"
emulation=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -Dcuda.emulator.version=13 \
  -cp "target/test-classes:target/classes:$(cat "$scratch/class-path")" org.shallownet.backend.cuda.EmulatorBuild)
[ -e "$emulation/libcublas.so.13" ] || fail "no emulated CUDA 13 in $emulation"

# Without Java: links to every program of the PATH except Java's.
mkdir "$scratch/bin"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  for program in "$folder"/*; do
    name=${program##*/}
    case $name in java | javac | jlink | jar | mvn) continue ;; esac
    [ ! -x "$program" ] || [ -e "$scratch/bin/$name" ] || ln -s "$program" "$scratch/bin/$name" 2>/dev/null || :
  done
done
offline=()
if unshare -n -m true 2>/dev/null; then
  offline=(unshare -n -m)
else
  echo "no network namespace may be made here: rehearsed with the network within reach"
fi
# A run elsewhere than in this folder, that can't see JAVA_HOME.
rehearse() {
  (cd / && ${offline[@]+"${offline[@]}"} env -u JAVA_HOME "PATH=$scratch/bin" "LIBS=$emulation" "DIR=$scratch/unpacked" \
    "OUT=$scratch/out" HEAP=1g ROWS=2000 EPOCHS=20 "$@")
}

if rehearse sh -c 'command -v java' >/dev/null; then fail "there is still a java on the PATH"; fi

started=$SECONDS
rehearse env ONLY="machine libs doctor doctor.json planar.json planar-no-graphs.json" \
  bash "$scratch/a bundle/day" first >"$scratch/first.txt" 2>&1 || fail "day first"
rehearse env ONLY="jmh-host jmh-cpu memcheck large-table large.json torch-be.jsonl" JMH_ROWS=300 \
  bash "$scratch/a bundle/day" third >"$scratch/third.txt" 2>&1 || fail "day third"
expect() { grep -qE "^$1 +$2" "$scratch/out/summary.txt" || fail "no line '$1 $2' in summary.txt"; }
for step in libs doctor doctor.json planar.json planar-no-graphs.json jmh-host jmh-cpu large-table large.json; do expect "$step" passed; done
expect contract 'skipped: not chosen'
command -v nvidia-smi >/dev/null || expect machine 'skipped: there is no nvidia-smi'
command -v compute-sanitizer >/dev/null || expect memcheck 'skipped: there is no compute-sanitizer'
python3 -c 'import torch' 2>/dev/null || expect torch-be.jsonl "skipped: Python can't import torch"
grep -q 'libcublas.so.13' "$scratch/out/machine.log" || fail "doctor did not find CUDA 13"
for file in "$scratch"/out/*.json; do python3 -m json.tool "$file" >/dev/null || fail "$file is not JSON"; done

# A step that fails is told apart, and the rest goes on.
if rehearse env OUT="$scratch/broken" LIBS=/nowhere ONLY="planar.json libs" bash "$scratch/a bundle/day" first \
  >"$scratch/broken.txt" 2>&1; then fail "day says that all went well without CUDA"; fi
grep -qE '^planar.json +FAILED' "$scratch/broken/summary.txt" || fail "no failure without CUDA"
grep -qE '^libs +passed' "$scratch/broken/summary.txt" || fail "a failure stopped other steps"

rehearse bash "$scratch/a bundle/run" tests --select-class org.shallownet.backend.cuda.CudaStreamingTest \
  --select-class "org.shallownet.backend.cuda.CudaBackendContractTest\$Default" >"$scratch/tests.txt" 2>&1 ||
  fail "run tests"
grep -qE '[1-9][0-9]* tests successful' "$scratch/tests.txt" || fail "no test of tag cuda was run"
rehearse bash "$scratch/a bundle/run" bench -l >"$scratch/bench.txt" 2>&1 || fail "run bench"
grep -q TrainingBenchmark "$scratch/bench.txt" || fail "no benchmark in the bundle"
echo "Rehearsed in $((SECONDS - started)) s: $(grep -hoE '[0-9]+ tests successful' "$scratch/tests.txt"), of tag cuda."
cat "$scratch/out/summary.txt"
