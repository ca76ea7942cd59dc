#!/usr/bin/env bash
# Builds benchmarks/ on what this clone makes, after checking that both poms name the same versions, and runs every
# benchmark once at a tiny size: their set-up verifies what they compute, so a benchmark that no longer fits fails here.
# What reads disassembled kernels is tested, too.
set -euo pipefail
cd "$(dirname "$0")/.."

# Prints "name version" for the project's own version and every property that ends in .version.
versions() {
  sed -n 's|^  <version>\(.*\)</version>$|project \1|p' "$1" | head -n 1
  sed -n 's|^ *<\([a-z-]*\.version\)>\(.*\)</.*>$|\1 \2|p' "$1"
}

mkdir -p target
versions pom.xml >target/versions.txt
status=0
while read -r name version; do
  other=$(sed -n "s/^$name //p" target/versions.txt)
  if [ -n "$other" ] && [ "$other" != "$version" ]; then
    echo "benchmarks/pom.xml has $name $version, pom.xml has $other; make them the same" >&2
    status=1
  fi
done < <(versions benchmarks/pom.xml)
[ "$status" -eq 0 ]

if command -v python3 >/dev/null; then
  python3 benchmarks/sass/test_sass.py
else
  echo "Skipped: there is no python3 here to test what reads disassembled kernels."
fi

./mvnw -q -B -ntp -DskipTests -Djacoco.skip=true -Dspotless.check.skip=true install
./mvnw -q -B -ntp -f benchmarks/pom.xml verify

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
output=benchmarks/target/smoke.txt
"$java" --add-modules jdk.incubator.vector -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' org.openjdk.jmh.Main \
  -f 0 -wi 0 -i 1 -r 1ms -foe true -rf json -rff benchmarks/target/smoke.json \
  -p samples=100 -p rows=300 -p shape=50x28x64 -p networks=3 -p parameters=100 >"$output" 2>&1 ||
  { tail -n 50 "$output" >&2; exit 1; }
# A forked run too, which is how they are measured.
"$java" --add-modules jdk.incubator.vector -cp 'benchmarks/target/benchmarks.jar:benchmarks/target/lib/*' org.openjdk.jmh.Main '\.TrainingBenchmark' \
  -f 1 -wi 0 -i 1 -r 1ms -foe true -p work=w2 -p rows=1000 -p engine=chosen >"$output" 2>&1 ||
  { tail -n 50 "$output" >&2; exit 1; }
echo "$(grep -c '"benchmark"' benchmarks/target/smoke.json) benchmarks verified their results and ran."
