#!/usr/bin/env bash
# What is to be proven on a machine with an NVIDIA card, in one call: doctor, every test that needs the CUDA backend, the
# kernels' tests under compute-sanitizer where it is installed, the planar exercise, and a training on 10 million rows.
# Nothing may be skipped for want of a card. Logs and JSON go to benchmarks/results/card-<date>.
#
#   ci/on-a-card.sh                 builds and runs
#   ci/on-a-card.sh build           only builds target/on-a-card, for a machine that has no Maven or no network
#   ci/on-a-card.sh run [FOLDER]    runs what has been built, here or elsewhere
#
# Environment: JAVA (default: java), ROWS (of the large training, default: 10000000; 4 × 29 bytes each on disk).
set -uo pipefail
cd "$(dirname "$0")/.."

build() {
  local out=$PWD/target/on-a-card
  rm -rf "$out"
  mkdir -p "$out"
  ./mvnw -B -ntp -q test-compile dependency:copy-dependencies -DincludeScope=test "-DoutputDirectory=$out/lib" || exit 1
  local version
  version=$(basename "$out"/lib/junit-platform-engine-*.jar .jar)
  ./mvnw -B -ntp -q dependency:copy "-DoutputDirectory=$out/console" \
    "-Dartifact=org.junit.platform:junit-platform-console-standalone:${version#junit-platform-engine-}" || exit 1
  cp -r target/classes target/test-classes "$out/"
}

# step NAME COMMAND...: a log of its own; a failure is noted, and the rest goes on.
step() {
  local name=$1 started=$SECONDS
  shift
  echo "== $name"
  if "$@" >"$results/$name" 2>&1; then
    echo "   done in $((SECONDS - started)) s"
  else
    echo "   FAILED, status $?; see $results/$name"
    failed="$failed $name"
  fi
}

shallownet() {
  "$java" -cp "$class_path" org.shallownet.cli.Main "$@"
}

# A command line whose result is one JSON object.
json() {
  shallownet "$@" --json --quiet
}

junit() {
  "$@" "$java" -Drequire.backend=cuda -cp "$class_path:$console" org.junit.platform.console.ConsoleLauncher execute \
    --disable-banner --disable-ansi-colors --details=tree --fail-if-no-tests --include-tag=cuda "${selection[@]}"
}

machine() {
  uname -a
  "$java" -version
  git log -1 --format=%H || echo "not in a clone"
  nvidia-smi || echo "no nvidia-smi"
}

# The tool runs the tests that start every kernel on every shape.
sanitize() {
  local tool=$1
  if ! command -v compute-sanitizer >/dev/null; then
    echo "== $tool.log"
    echo "   skipped: compute-sanitizer is not installed or not on the PATH"
    return
  fi
  selection=(--select-class "org.shallownet.backend.cuda.CudaBackendContractTest\$Default")
  step "$tool.log" junit compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 9
}

run() {
  java=${JAVA:-java}
  folder=$1
  class_path=$folder/test-classes:$folder/classes:$(echo "$folder"/lib/*.jar | tr ' ' ':')
  console=$(echo "$folder"/console/*.jar)
  results=benchmarks/results/card-$(date +%Y-%m-%d)
  failed=
  mkdir -p "$results"
  step machine.txt machine
  step doctor.txt shallownet doctor
  step doctor.json shallownet doctor --json
  selection=("--scan-class-path=$folder/test-classes")
  step tests.log junit
  sanitize memcheck
  sanitize racecheck
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  step planar.json json train examples/planar.csv --target label --hidden 4 --activation tanh --optimizer gd \
    --learning-rate 1.2 --init normal:0.01 --batch-size full --epochs 5000 --dev-fraction 0 --no-standardize \
    --backend cuda --out "$work/planar.onnx"
  if "$java" -cp "$class_path" org.shallownet.data.SyntheticTable "${ROWS:-10000000}" "$work/large.npy"; then
    step large.json json train "$work/large.npy" --target 28 --task binary --hidden 64 --activation tanh \
      --batch-size full --epochs 50 --dev-fraction 0 --backend cuda --out "$work/large.onnx"
  else
    failed="$failed large.npy"
  fi
  [ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
  echo "All of it passed; the logs are in $results."
}

case ${1:-} in
  build) build ;;
  run) run "${2:-target/on-a-card}" ;;
  "") build && run target/on-a-card ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
