#!/usr/bin/env bash
# Compiles every kernel for real, without a card: by nvcc where a CUDA toolkit is installed, and by NVRTC, which compiles
# them on the user's machine and is stricter, where its library is. A kernel that needs a stack frame or spills registers
# fails. Usually for two architectures; for all of them if kernels/ has changed since the previous commit, or with --all.
set -euo pipefail
cd "$(dirname "$0")/.."

architectures=(80 90)
if [ "${1:-}" = --all ] || ! git diff --quiet HEAD^ -- kernels 2>/dev/null; then
  architectures=(75 80 86 89 90 100 120)
fi

sources=(kernels/*.cu)
kernels=$(cat "${sources[@]}" | grep -c '^extern "C" __global__')

nvcc=$(command -v nvcc || ls -d /usr/local/cuda*/bin/nvcc 2>/dev/null | tail -1 || true)
if [ -n "$nvcc" ]; then
  known=$("$nvcc" --list-gpu-code)
  targets=()
  count=0
  for architecture in "${architectures[@]}"; do
    if grep -qx "sm_$architecture" <<<"$known"; then
      targets+=(-gencode "arch=compute_$architecture,code=sm_$architecture")
      count=$((count + 1))
    else
      echo "Skipped: this nvcc doesn't know sm_$architecture."
    fi
  done
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for source in "${sources[@]}"; do
    if ! "$nvcc" -std=c++17 --Werror all-warnings -Xptxas -v --threads 0 "${targets[@]}" -fatbin -o "$work/out" "$source" \
      >>"$work/log" 2>&1; then
      cat "$work/log"
      exit 1
    fi
  done
  awk -v expected=$((kernels * count)) '
    /Compiling entry function/ { split($0, quoted, "\x27"); kernel = quoted[2] " for " quoted[4]; compiled++ }
    /bytes stack frame/ {
      if ($1 + $5 + $9 > 0) { print kernel ":" $0; spilled++ }
    }
    END {
      if (compiled != expected) { print "nvcc compiled " compiled " kernels, not " expected; exit 1 }
      if (spilled) { print spilled " kernels keep registers in memory."; exit 1 }
      print "nvcc compiled " compiled " kernels, none with a stack frame or spills."
    }' "$work/log"
else
  echo "Skipped: there is no nvcc here."
fi

nvrtc=$(ls -d ${CUDA_PATH:+"$CUDA_PATH"/lib64/libnvrtc.so.1?} /usr/local/cuda*/lib64/libnvrtc.so.1? \
  /usr/lib/x86_64-linux-gnu/libnvrtc.so.1? 2>/dev/null | tail -1 || true)
if [ -z "$nvrtc" ]; then
  echo "Skipped: there is no NVRTC here (libnvrtc.so.12 or 13)."
elif ! command -v python3 >/dev/null; then
  echo "Skipped: calling NVRTC needs python3."
else
  python3 ci/nvrtc.py "$nvrtc" "${architectures[@]}"
fi
