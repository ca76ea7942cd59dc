#!/usr/bin/env bash
# Compiles every kernel for real, without a card, for all architectures: by nvcc where a CUDA toolkit is installed, and as
# the program does, with its own compiler class, by NVRTC 12.6, which is stricter and which Maven brings (a download of
# 2 GB, kept in the local repository). A kernel that needs a stack frame or spills registers fails.
set -euo pipefail
cd "$(dirname "$0")/.."

architectures=(75 80 86 89 90 100 120)
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
  awk -v expected=$((kernels * count)) -v architectures="${architectures[*]}" '
    /Compiling entry function/ { split($0, quoted, "\x27"); kernel = quoted[2] " for " quoted[4]; compiled++ }
    /bytes stack frame/ {
      if ($1 + $5 + $9 > 0) { print kernel ":" $0; spilled++ }
    }
    END {
      if (compiled != expected) { print "nvcc compiled " compiled " kernels, not " expected; exit 1 }
      if (spilled) { print spilled " kernels keep registers in memory."; exit 1 }
      print "nvcc compiled " compiled " kernels for " architectures ", none with a stack frame or spills."
    }' "$work/log"
else
  echo "Skipped: there is no nvcc here."
fi

version=$(sed -n 's:.*<cuda-redist.version>\(.*\)</cuda-redist.version>.*:\1:p' pom.xml)
repository=$HOME/.m2/repository
jar=$repository/org/bytedeco/cuda/$version/cuda-$version-linux-x86_64-redist.jar
mkdir -p "$repository"
free=$(df --output=avail -BG "$repository" | tail -1 | tr -dc 0-9)
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "Skipped: NVRTC's jar is for Linux on x86-64."
elif [ ! -f "$jar" ] && [ "$free" -lt 6 ]; then
  echo "Skipped: NVRTC's jar and what is unpacked of it take 3 GB, and of 6 that should be free here are $free."
else
  # Compiled without the profile, so that what has been built stays as it is.
  ./mvnw -B -ntp -q test-compile
  ./mvnw -B -ntp -q -Pcuda-redist -Djacoco.skip surefire:test -Dtest=RealCompilationTest -Drequire.nvrtc=true \
    "-Dkernels.architectures=$(IFS=,; echo "${architectures[*]}")"
fi
