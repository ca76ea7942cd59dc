#!/usr/bin/env bash
# Builds and tests on JDK 25, in target/jdk25, with all of javac's and Error Prone's checks. Formatting and coverage are
# judged once, by ./mvnw verify, and so is what no JDK decides: the order in which an emulated card works (tag deferred),
# and all that every engine must do by those whose work is nearly all an emulated kernel's (tag kit); layer by layer and on
# the CPU it is done here as well, and these engines have tests of their own. -DexcludedGroups= has everything here. Skipped
# where there is no JDK 25; set JAVA_25_HOME to one that is not in /usr/lib/jvm.
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
JAVA_HOME=$home ./mvnw -B -ntp -Dshallownet.target="$PWD/target/jdk25" -Djacoco.skip=true -DexcludedGroups=deferred,kit \
  package "$@"
