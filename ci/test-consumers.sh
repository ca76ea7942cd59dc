#!/usr/bin/env bash
# Tests ShallowNet as those who depend on it meet it: installs it into the local repository, then builds examples/java against
# it on JDK 17 and, if there is one, 25, and runs it on the class path and on the module path. Before that it looks whether
# the dependencies of a consumer are the same on every machine.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${SHALLOWNET_TARGET:-$PWD/target}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
maven="./mvnw -q -B -ntp -Dshallownet.target=$target"

fail() {
  echo "FAILED: $1" >&2
  [ -z "${2:-}" ] || sed 's/^/  /' "$2" >&2
  exit 1
}

$maven -DskipTests -Djacoco.skip=true -Dspotless.check.skip=true install

# What a consumer gets, as Maven sees it from a machine of that kind.
dependencies() {
  MAVEN_OPTS="-Dos.name=$1 -Dos.arch=$2" ./mvnw -q -B -ntp -f examples/java/pom.xml dependency:list \
    -DincludeScope=runtime -DexcludeClassifiers=linux-x86_64 "-DoutputFile=$3"
}
dependencies Linux amd64 "$scratch/linux.txt"
dependencies Darwin aarch64 "$scratch/mac.txt"
grep -q org.bytedeco:openblas:jar "$scratch/linux.txt" || fail "no dependencies are listed" "$scratch/linux.txt"
diff "$scratch/linux.txt" "$scratch/mac.txt" || fail "the dependencies differ by machine"
! grep -qE 'picocli|slf4j-simple|linux|macosx' "$scratch/linux.txt" || fail "a consumer gets more than the library" "$scratch/linux.txt"
echo "passed: a consumer's dependencies are the same on Linux and macOS, without the command's and without natives"

jdks=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
newest=${JAVA_25_HOME:-$(ls -d /usr/lib/jvm/*25* 2>/dev/null | head -n 1)}
[ ! -x "$newest/bin/javac" ] || jdks="$jdks $newest"

cp -r examples/java "$scratch/project"
rm -rf "$scratch/project/target"
run() {
  local path=$1 log=$scratch/run.txt
  shift
  (cd "$scratch/project/target" && "$@" demo "$PWD/table.csv") >"$log" 2>&1 || fail "the example on the $path failed" "$log"
  grep -q '^backend .*thread' "$log" || fail "the example on the $path named no backend" "$log"
  grep -q '^answer .*[01].*0\.[0-9]' "$log" || fail "the example on the $path gave no answer" "$log"
  [ "$(grep -vc '^WARNING: Using incubator modules' "$log")" -eq 3 ] || fail "the example on the $path said more than its three lines" "$log"
}
for jdk in $jdks; do
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$jdk/release")
  native=
  [ "$version" -lt 24 ] || native=--enable-native-access=ALL-UNNAMED
  named=$native${native:+,org.bytedeco.javacpp,org.bytedeco.openblas}
  unsafe=
  [ "$version" -lt 24 ] || unsafe=--sun-misc-unsafe-memory-access=allow
  rm -rf "$scratch/project/target"
  JAVA_HOME=$jdk ./mvnw -q -B -ntp --strict-checksums -f "$scratch/project/pom.xml" package >"$scratch/build.txt" 2>&1 ||
    fail "the example can't be built on JDK $version" "$scratch/build.txt"
  [ ! -s "$scratch/build.txt" ] || fail "building the example on JDK $version is not quiet" "$scratch/build.txt"
  cp examples/planar.csv "$scratch/project/target/table.csv"
  run "class path of JDK $version" "$jdk/bin/java" $native $unsafe -cp 'flower.jar:lib/*' org.shallownet.example.Flower
  # OpenBLAS is asked for here, so that its native side must be found on the module path.
  run "module path of JDK $version" "$jdk/bin/java" ${named:+"$named"} $unsafe -p flower.jar:lib --add-modules ALL-MODULE-PATH \
    -Dshallownet.cpu.gemm=openblas \
    -m org.shallownet.example/org.shallownet.example.Flower
  # Java's own warning of an incubator module is the only further line.
  run "module path of JDK $version by vectors" "$jdk/bin/java" ${named:+"$named"} $unsafe -p flower.jar:lib \
    --add-modules ALL-MODULE-PATH,jdk.incubator.vector -Dshallownet.cpu.vectors=on \
    -m org.shallownet.example/org.shallownet.example.Flower
  echo "passed: examples/java builds on JDK $version, trains, saves and serves on the class path and on the module path"
done
