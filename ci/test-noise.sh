#!/usr/bin/env bash
# Runs tests of the CUDA backend on an emulation that does otherwise what a card may do otherwise: "batches" round
# otherwise than single products, "functions" are off by up to 2 units in the last place, "loading" forbids to capture what
# has never run. CI does this on JDK 25, all three at once (ci/test-jdk25.sh).
#
#   ci/test-noise.sh [NOISE,... [TESTS]]
#
# Without arguments it is all three at once and every test of tag cuda; TESTS are names as -Dtest takes them.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname -sm)" != "Linux x86_64" ] || ! command -v g++ >/dev/null; then
  echo "skipped: the CUDA emulation needs Linux on x86-64 and g++"
  exit 0
fi
options=("-Djacoco.skip" "-Dtests.argLine=-Dcuda.emulator.noise=${1:-batches,functions,loading}")
if [ $# -gt 1 ]; then
  options+=("-Dtest=$2" "-Dsurefire.failIfNoSpecifiedTests=true")
else
  options+=("-Dgroups=cuda")
fi
./mvnw -B -ntp -Dspotless.check.skip "${options[@]}" test
