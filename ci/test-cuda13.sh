#!/usr/bin/env bash
# Loads the real CUDA 13 without a card: JCuda retargeted to cuBLAS and NVRTC 13, as Python's packages bring them, with every
# function looked for at once (LD_BIND_NOW=1); and compiles every kernel by that NVRTC, up to sm_121. A kernel with a stack
# frame fails, except for those named below, which are printed and counted. Where pip can't bring them, NVRTC alone comes from Maven Central. A download of 0.5 GB or so; half a minute of
# a core for each architecture, so it is no part of CI.
#
#   ci/test-cuda13.sh [ARCHITECTURE...]
#
# Environment: CUDA13_VENV, a virtual environment that has the packages or where they are to go; otherwise one is made and
# deleted again.
set -euo pipefail
cd "$(dirname "$0")/.."

# Frames that are let be: architecture, bytes, design. NVRTC 13.3 takes for one design of whole_run all 255 registers that a
# thread can have, and four words of memory (docs/decisions.md); 13.0 does not.
known_frames=(
  "120 16 [N_X=10, N_H=32, N_Y=1, ACTIVATION=Identity, OUTPUT=0, LOSS=0, DROPS=0, WEIGHTED=0, LANES=8, DEPTH=8, WARPS=8, SLOTS=8, MIN_BLOCKS=1, FRONT=0, REFINED=0, SHUFFLED=0, RESIDENT=0, ENDS=0]"
)

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
  if ! grep -qE "^sm_$architecture: [0-9]+ kernels, missing \[\], frames \[\]" "$scratch/log" ||
    ! grep -qE "^sm_$architecture: [0-9]+ specialised sources, frames " "$scratch/log"; then
    echo "FAILED: not every kernel was compiled for sm_$architecture without a frame" >&2
    exit 1
  fi
done
# A line for each frame as above; the functions that a kernel calls repeat the kernel's.
sed -nE 's/^sm_([0-9]+): [0-9]+ specialised sources, frames \[(.+)\]$/\1 \2/p' "$scratch/log" |
  while read -r architecture frames; do
    grep -oE '=[0-9]+ bytes with \[[^]]*\]' <<<"$frames" | sed -E "s/^=([0-9]+) bytes with /$architecture \1 /"
  done | sort -u >"$scratch/frames"
printf '%s\n' "${known_frames[@]}" | sort >"$scratch/known"
sed 's/^/known frame: /' < <(comm -12 "$scratch/frames" "$scratch/known")
comm -23 "$scratch/frames" "$scratch/known" >"$scratch/further"
if [ -s "$scratch/further" ]; then
  sed 's/^/FAILED: a frame that is not known: /' "$scratch/further" >&2
  exit 1
fi
echo "$(wc -l <"$scratch/frames") of ${#known_frames[@]} known frames, no other"
if [ -n "$why" ]; then
  echo "skipped: $why; the real cuBLAS 13 was not loaded"
elif ! grep -q '^cuBLAS .*libcublas.so.13 (JCuda retargeted' "$scratch/log"; then
  echo "FAILED: no cuBLAS 13" >&2
  exit 1
fi
