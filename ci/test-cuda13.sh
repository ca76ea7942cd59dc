#!/usr/bin/env bash
# Loads the real CUDA 13 without a card: JCuda retargeted to cuBLAS and NVRTC 13, as Python's packages bring them, with every
# function looked for at once (LD_BIND_NOW=1); and compiles every kernel by that NVRTC, up to sm_121. A kernel with a stack
# frame fails. Where pip can't bring them, NVRTC alone comes from Maven Central. A download of 0.5 GB or so; half a minute of
# a core for each architecture, so it is no part of CI.
#
#   ci/test-cuda13.sh [ARCHITECTURE...]
#
# Environment: CUDA13_VENV, a virtual environment that has the packages or where they are to go; otherwise one is made and
# deleted again.
set -euo pipefail
cd "$(dirname "$0")/.."

redist=org.bytedeco:cuda-redist:13.3-9.25-1.5.14:jar:linux-x86_64
architectures=("$@")
[ $# -gt 0 ] || architectures=(75 80 86 87 88 89 90 100 103 110 120 121)
skip() {
  echo "skipped: $1; the real CUDA 13 was not loaded"
  exit 0
}
[ "$(uname -sm)" = "Linux x86_64" ] || skip "JCuda is for Linux on x86-64"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
environment=${CUDA13_VENV:-$scratch/venv}
has() { compgen -G "$environment/lib/python3*/site-packages/nvidia/*/lib/lib$1.so.13" >/dev/null; }
why=
install() {
  command -v python3 >/dev/null || { why="there is no python3 to install NVIDIA's packages with"; return; }
  python3 -m venv "$environment" >"$scratch/log" 2>&1 ||
    { why="python3 makes no virtual environment: $(tail -n 1 "$scratch/log")"; return; }
  "$environment/bin/pip" install -q --retries 1 'nvidia-cublas==13.*' 'nvidia-cuda-nvrtc==13.*' >"$scratch/log" 2>&1 ||
    why="pip does not install nvidia-cublas and nvidia-cuda-nvrtc: $(grep -m 1 ERROR "$scratch/log" || tail -n 1 "$scratch/log")"
}
has nvrtc && has cublas || install
options=()
if [ -z "$why" ]; then
  "$environment/bin/pip" list 2>/dev/null | grep -E '^nvidia-(cublas|cuda-nvrtc)'
else
  ./mvnw -B -ntp -q dependency:unpack "-Dartifact=$redist" '-Dmdep.unpack.includes=**/libnvrtc*' \
    "-DoutputDirectory=$scratch/jar" >"$scratch/log" 2>&1 || skip "$why, and Maven does not bring $redist"
  options+=("-Dshallownet.cuda.libraries=$scratch/jar/org/bytedeco/cuda/linux-x86_64")
  echo "$redist"
fi

./mvnw -B -ntp -q -Dspotless.check.skip test-compile dependency:build-classpath -Dmdep.includeScope=test \
  "-Dmdep.outputFile=$scratch/class-path"
LD_BIND_NOW=1 VIRTUAL_ENV=$environment "${JAVA_HOME:+$JAVA_HOME/bin/}java" ${options[@]+"${options[@]}"} \
  -cp "target/test-classes:target/classes:$(cat "$scratch/class-path")" \
  org.shallownet.backend.cuda.compile.RealCompilation "$scratch/cache" "${architectures[@]}" | tee "$scratch/log"
grep -q '^NVRTC .*libnvrtc.so.13 ' "$scratch/log" || skip "CUDA 12, which is taken first, is installed here"
for architecture in "${architectures[@]}"; do
  if [ "$(grep -cE "^sm_$architecture: .*, (missing \[\], )?frames \[\]" "$scratch/log")" -ne 2 ]; then
    echo "FAILED: not every kernel was compiled for sm_$architecture without a frame" >&2
    exit 1
  fi
done
if [ -n "$why" ]; then
  echo "skipped: $why; the real cuBLAS 13 was not loaded"
elif ! grep -q '^cuBLAS .*libcublas.so.13 (JCuda retargeted' "$scratch/log"; then
  echo "FAILED: no cuBLAS 13" >&2
  exit 1
fi
