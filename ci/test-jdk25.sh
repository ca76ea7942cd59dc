#!/usr/bin/env bash
# Builds and tests on JDK 25, in target/jdk25, with all of javac's and Error Prone's checks. The tests of tag cuda run here on
# an emulation that does otherwise what a card may do otherwise, see ci/test-noise.sh. Formatting and coverage are judged once,
# by ./mvnw verify, and so is the order in which an emulated card works (CudaDeferredTest), which no JDK decides. Skipped
# where there is no JDK 25; set JAVA_25_HOME to one that is not in /usr/lib/jvm.
#
#   ci/test-jdk25.sh [OPTION OF MAVEN...]
set -euo pipefail
cd "$(dirname "$0")/.."

home=${JAVA_25_HOME:-}
if [ -z "$home" ]; then
  for candidate in /usr/lib/jvm/*25*; do
    if [ -x "$candidate/bin/javac" ] && "$candidate/bin/javac" -version 2>&1 | grep -q '^javac 25'; then
      home=$candidate
      break
    fi
  done
fi
if [ -z "$home" ]; then
  echo "Skipped: there is no JDK 25 in /usr/lib/jvm, and JAVA_25_HOME names none."
  exit 0
fi

# The emulated card's kernels are compiled by g++, the same for every JDK: those of the build on 17 are used again,
# also where an earlier run has left others here.
if [ -d target/cache ]; then
  mkdir -p target/jdk25/cache
  cp -r target/cache/. target/jdk25/cache
fi

# Maven's and Error Prone's own libraries do what this JDK warns about.
export MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}"
options=(-B -ntp "-Dshallownet.target=$PWD/target/jdk25" -Djacoco.skip=true)
JAVA_HOME=$home ./mvnw "${options[@]}" -DexcludedGroups=cuda,deferred package "$@"
JAVA_HOME=$home ./mvnw "${options[@]}" -Dgroups=cuda -Dtests.argLine=-Dcuda.emulator.noise=batches,functions,loading \
  surefire:test "$@"
