#!/usr/bin/env bash
# Looks for bytes with which a reader of files (CSV, NumPy's, ONNX) does anything but read or refuse them with a sentence:
# the targets in src/test/java/org/shallownet/fuzz, each for SECONDS (60), by Jazzer, which Maven brings. Begins with the
# files in src/test/resources/org/shallownet/fuzz and with what earlier runs kept in target/fuzz. Bytes that it finds belong
# among the former, where ./mvnw verify tests them.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
jazzer=com.code-intelligence:jazzer:0.30.0
api=com.code-intelligence:jazzer-api:0.30.0
work=$PWD/target/fuzz
seeds=src/test/resources/org/shallownet
mkdir -p "$work/lib"

for artifact in $jazzer $api; do
  name=${artifact#*:}
  if [ ! -f "$work/lib/${name/:/-}.jar" ] \
    && ! ./mvnw -B -ntp -q dependency:copy -Dartifact="$artifact" -DoutputDirectory="$work/lib" >"$work/copy.log" 2>&1; then
    echo "Skipped: Maven can't bring $artifact (its log is in $work/copy.log)."
    exit 0
  fi
done
./mvnw -B -ntp -q test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/classpath"

# Each input is written to a file, which is fastest in memory.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$scratch"' EXIT

# fuzz CLASS NAME FOLDER…: looks for such bytes, from those in folders of the seeds on.
fuzz() {
  local class=$1 kept=$work/$2
  shift 2
  mkdir -p "$kept"
  if ! java -Xmx1g -Djava.io.tmpdir="$scratch" \
    -cp "target/test-classes:target/classes:$(cat "$work/classpath"):$work/lib/*" com.code_intelligence.jazzer.Jazzer \
    --target_class="org.shallownet.fuzz.$class" --instrumentation_includes='org.shallownet.**:de.siegmar.**' \
    --disabled_hooks=com.code_intelligence.jazzer.sanitizers.FilePathTraversal \
    --reproducer_path="$work" -artifact_prefix="$work/found-" -max_total_time="$seconds" -max_len=4096 -timeout=60 \
    -rss_limit_mb=3000 "$kept" "$@" >"$work/$class.log" 2>&1; then
    sed -n '/^== Java Exception/,/^DEDUP_TOKEN/p; /^ALARM/p; /^SUMMARY/p; /Test unit written/p' "$work/$class.log"
    echo "FAILED: $class (its log is in $work/$class.log)" >&2
    return 1
  fi
  echo "$class: $(sed -n 's/^#\([0-9]*\)\tDONE.*/\1/p' "$work/$class.log") inputs in $seconds s, nothing found"
}

status=0
fuzz CsvFuzzer csv $seeds/fuzz/csv || status=1
fuzz NpyFuzzer npy $seeds/fuzz/npy || status=1
fuzz OnnxFuzzer onnx $seeds/fuzz/onnx $seeds/model || status=1
exit $status
