#!/usr/bin/env bash
# Compiles every kernel for real, without a card, for all architectures: by nvcc where a CUDA toolkit is installed, and as
# the program does, with its own compiler class, by NVRTC 12.6, which is stricter and which Maven brings (a download of
# 2 GB, kept in the local repository). A kernel that needs a stack frame or spills registers fails.
#
#   ci/compile-kernels.sh [--list]
#
# --list compiles nothing: it prints what is compiled for designs, a file of kernels/ with its options in each line.
set -euo pipefail
cd "$(dirname "$0")/.."

architectures=(75 80 86 89 90 100 120)
# What needs no design, and what is compiled for designs: of the benchmarks' works, and some that are as large as may be.
mapfile -t sources < <(grep -LE '#include "(lane_tile|network|one_pass(_mma)?|whole_run_epochs).cuh"' kernels/*.cu)
design() { # INPUTS HIDDEN OUTPUTS ACTIVATION OUTPUT WEIGHTED LANES DEPTH [LOSS DROPS]
  echo "-DN_X=$1 -DN_H=$2 -DN_Y=$3 -DACTIVATION=$4 -DOUTPUT=$5 -DWEIGHTED=$6 -DLANES=$7 -DDEPTH=$8 -DLOSS=${9:-0} -DDROPS=${10:-0}"
}
whole() { # SLOTS SHUFFLED [FRONT REFINED [WARPS]]
  echo "kernels/whole_run.cu -DWARPS=${5:-8} -DMIN_BLOCKS=1 -DSLOTS=$1 -DSHUFFLED=$2 -DFRONT=${3:-0} -DREFINED=${4:-0}"
}
output() { # OUTPUTS ACTIVATION OUTPUT WEIGHTED FOURS [LOSS]
  echo "kernels/output_pass.cu -DN_X=1 -DN_H=1 -DN_Y=$1 -DACTIVATION=$2 -DOUTPUT=$3 -DWEIGHTED=$4 -DLOSS=${6:-0} -DDROPS=0 -DFOURS=$5"
}
wide() { # SHUFFLED FRONT REFINED, then as a design without LANES and DEPTH
  echo "kernels/whole_run_wide.cu -DWARPS=8 -DMIN_BLOCKS=1 -DSHUFFLED=$1 -DFRONT=$2 -DREFINED=$3" \
    "$(design "${@:4:6}" 0 0 "${@:10}")"
}
specialised=(
  "kernels/one_pass.cu $(design 28 64 1 Tanh 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 28 64 1 Relu 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 10 100 1 Sigmoid 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 28 64 1 Tanh 0 1 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 28 0 1 Identity 0 0 1 1) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 28 0 1 Identity 0 1 1 1) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 2 4 1 Tanh 0 0 1 1) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 10 32 1 Tanh 0 0 8 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 56 22 2 Tanh 1 1 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 5 48 12 Sigmoid 0 1 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 27 0 2 Identity 1 1 1 1) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_tf32.cu $(design 28 64 1 Tanh 0 0 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_tf32.cu $(design 28 64 1 Relu 0 0 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_tf32.cu $(design 32 64 1 Sigmoid 0 1 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_tf32.cu $(design 8 112 1 Relu 2 1 32 8) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_bf16.cu $(design 28 64 1 Tanh 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_bf16.cu $(design 28 64 1 Relu 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_bf16.cu $(design 32 64 1 Sigmoid 3 1 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_bf16.cu $(design 8 128 1 Relu 2 1 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_split.cu $(design 28 64 1 Tanh 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_split.cu $(design 28 64 1 Relu 0 0 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_split.cu $(design 28 48 1 Tanh 3 1 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_split.cu $(design 32 64 1 Sigmoid 0 1 32 16) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_split.cu $(design 16 112 1 Relu 2 1 32 16 2) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_split.cu $(design 64 16 1 LeakyRelu 2 1 32 16 3) -DWARPS=4 -DMIN_BLOCKS=1"
  "$(whole 8 0) -DRESIDENT=1 -DENDS=1 $(design 2 4 1 Tanh 0 0 1 1)"
  "$(whole 8 0 1 1) -DRESIDENT=1 -DENDS=1 $(design 3 12 1 LeakyRelu 2 1 2 2 2 1)"
  "$(whole 8 0 1 1) -DRESIDENT=1 -DENDS=1 $(design 1 28 2 Sigmoid 1 1 4 4 1 1)"
  "$(whole 8 0) -DRESIDENT=0 -DENDS=0 $(design 10 32 1 Tanh 0 0 8 8)"
  "$(whole 8 0) -DRESIDENT=0 -DENDS=0 $(design 10 32 1 Relu 0 0 8 8)"
  "$(whole 8 0) -DRESIDENT=0 -DENDS=0 $(design 10 32 1 LeakyRelu 0 0 8 8)"
  "$(whole 8 0) -DRESIDENT=0 -DENDS=0 $(design 10 32 1 Sigmoid 0 0 8 8)"
  "$(whole 2 1) -DRESIDENT=0 -DENDS=0 $(design 28 64 1 Tanh 0 0 32 8)"
  "$(whole 2 1) -DRESIDENT=0 -DENDS=0 $(design 28 64 1 Tanh 0 1 32 8)"
  "$(whole 2 1 0 0 4) -DRESIDENT=0 -DENDS=0 $(design 28 64 1 Tanh 0 0 32 8)"
  "$(whole 4 1 0 0 4) -DRESIDENT=0 -DENDS=0 $(design 20 64 1 Tanh 0 0 32 8)"
  "$(whole 4 1 0 0 4) -DRESIDENT=0 -DENDS=0 $(design 20 64 1 Relu 0 0 32 8)"
  "$(whole 8 1) -DRESIDENT=0 -DENDS=0 $(design 21 0 1 Identity 0 0 1 1)"
  "$(whole 2 0) -DRESIDENT=0 -DENDS=0 $(design 13 128 1 Sigmoid 0 0 32 8)"
  "$(whole 4 1) -DRESIDENT=0 -DENDS=0 $(design 12 32 16 Tanh 1 0 32 8)"
  "$(whole 2 1) -DRESIDENT=0 -DENDS=0 $(design 48 32 1 Tanh 0 0 32 8)"
  "kernels/one_pass.cu $(design 28 56 1 Tanh 0 0 32 8 1 1) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass.cu $(design 8 112 1 Relu 3 1 32 8 0 0) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_tf32.cu $(design 8 112 1 Relu 2 1 32 8 2 0) -DWARPS=4 -DMIN_BLOCKS=1"
  "kernels/one_pass_bf16.cu $(design 64 32 1 LeakyRelu 2 1 32 16 2 0) -DWARPS=4 -DMIN_BLOCKS=1"
  "$(whole 4 1 1 0) -DRESIDENT=0 -DENDS=0 $(design 20 64 2 Tanh 1 0 32 8)"
  "$(whole 4 1 1 1) -DRESIDENT=0 -DENDS=0 $(design 20 64 2 Relu 1 1 32 8 1 1)"
  "$(whole 8 1 1 0) -DRESIDENT=0 -DENDS=0 $(design 21 0 1 Identity 3 0 1 1)"
  "$(output 10 Relu 1 0 1)"
  "$(output 16 Tanh 1 1 1 1)"
  "$(output 16 Relu 1 1 0)"
  "$(output 1 Tanh 0 0 1)"
  "$(output 4 Sigmoid 3 1 0)"
  "$(wide 1 1 0 340 64 1 Relu 0 0)"
  "$(wide 1 1 1 340 64 1 Tanh 2 0 2 1)"
  "$(wide 0 0 0 1024 5 1 Sigmoid 3 0)"
  "$(wide 1 1 1 1024 128 16 Relu 1 1 1 1)"
  "$(wide 1 1 1 1024 96 16 LeakyRelu 0 1 1 1)"
)
if [ "${1:-}" = --list ]; then
  printf '%s\n' "${specialised[@]}"
  exit
fi

# What NVRTC compiles for.
asked=("${architectures[@]}")
nvcc=$(command -v nvcc || ls -d /usr/local/cuda*/bin/nvcc 2>/dev/null | tail -1 || true)
if [ -n "$nvcc" ]; then
  known=$("$nvcc" --list-gpu-code)
  # All that kernels ask of an architecture is whether it is 90 or more. So they are translated once for 80, 86 and 89;
  # registers are given out for each by itself.
  ! grep -n '__CUDA_ARCH__' kernels/* | grep -v '__CUDA_ARCH__ >= 900' ||
    { echo "These lines ask for an architecture that this script doesn't translate kernels for."; exit 1; }
  declare -A codes=()
  for architecture in "${architectures[@]}"; do
    if grep -qx "sm_$architecture" <<<"$known"; then
      translated=$((architecture > 80 && architecture < 90 ? 80 : architecture))
      codes[$translated]+="${codes[$translated]:+,}sm_$architecture"
    else
      echo "Skipped: this nvcc doesn't know sm_$architecture."
    fi
  done
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # compile NUMBER SOURCE OPTION…: leaves a log of that number.
  compile() {
    local number=$1
    shift
    {
      echo "source: $*"
      "$nvcc" -std=c++17 --Werror all-warnings -Xptxas -v -fatbin -o "$work/$number" "$@"
    } >"$work/$number.log" 2>&1 || { cat "$work/$number.log"; touch "$work/failed"; }
  }
  expected=0
  number=0
  for source in "${sources[@]}" "${specialised[@]}"; do
    selected=()
    for translated in "${!codes[@]}"; do
      # The tensor cores of Turing know neither TF32 nor bfloat16.
      [[ $source == */one_pass_[tbs]* && $translated -eq 75 ]] ||
        selected+=(-gencode "arch=compute_$translated,code=[${codes[$translated]}]")
    done
    expected=$((expected + $(grep -o 'sm_' <<<"${selected[*]}" | wc -l) * $(grep -c '^extern "C" __global__' "${source%% *}")))
    [ "$number" -lt "$(nproc)" ] || wait -n || :
    [ ! -e "$work/failed" ] || break
    number=$((number + 1))
    # shellcheck disable=SC2086 # a file and its options
    compile "$number" $source "${selected[@]}" &
  done
  wait
  [ ! -e "$work/failed" ] || exit 1
  awk -v expected="$expected" -v architectures="${architectures[*]}" '
    /^source: / { source = substr($0, 9) }
    /Compiling entry function/ { split($0, quoted, "\x27"); kernel = quoted[2] " for " quoted[4]; compiled++ }
    /bytes stack frame/ {
      if ($1 + $5 + $9 > 0) { print source ": " kernel ":" $0; spilled++ }
    }
    END {
      if (compiled != expected) { print "nvcc compiled " compiled " kernels, not " expected; exit 1 }
      if (spilled) { print spilled " kernels keep registers in memory."; exit 1 }
      print "nvcc compiled " compiled " kernels for " architectures ", none with a stack frame or spills."
    }' "$work"/*.log
  # Ampere's later ones and Ada are Ampere to the kernels, and nvcc has just given out registers for them.
  [[ ${codes[80]:-} != *sm_86,sm_89 ]] || asked=(75 80 90 100 120)
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
    "-Dkernels.architectures=$(IFS=,; echo "${asked[*]}")"
fi
