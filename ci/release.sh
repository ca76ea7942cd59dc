#!/usr/bin/env bash
# Makes what a release consists of in target/release, and tries each part from a bare folder:
#   shallownet-VERSION.tar.gz           needs a Java runtime, 17 or newer; natives for all platforms
#   shallownet-VERSION-linux-x86_64.tar.gz  brings its own runtime (jlink), at most 90 MB unpacked
#   shallownet-VERSION-all.jar          one jar: java -jar shallownet-VERSION-all.jar train …
#   docker/                             what a Dockerfile needs
#   maven/                              the jars, POM and bill of materials for a repository
# Takes two minutes, so it is no part of CI. Environment: SHALLOWNET_URL, the project's address in the POM; HADOLINT, see
# ci/lint-dockerfile.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in jlink zip unzip tar; do
  command -v "$tool" >/dev/null || { echo "ci/release.sh needs $tool: install it (jlink comes with a JDK)." >&2; exit 1; }
done
limit=$((90 * 1000 * 1000))
version=$(sed -n 's|^  <version>\(.*\)</version>$|\1|p' pom.xml | head -n 1)
property() { sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" pom.xml | head -n 1; }
build=$PWD/target/release-build
release=$PWD/target/release
rm -rf "$build" "$release"
mkdir -p "$release/maven" "$release/docker"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $1" >&2
  [ -z "${2:-}" ] || sed 's/^/  /' "$2" >&2
  exit 1
}

commit=$(git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || :)
./mvnw -q -B -ntp -Drelease -Dlauncher "-Dshallownet.target=$build" "-Dgit.commit=$commit" package
for part in "" -sources -javadoc; do
  cp "$build/shallownet$part.jar" "$release/maven/shallownet-$version$part.jar"
done
sed "s|https://shallownet.example|${SHALLOWNET_URL:-https://shallownet.example}|" pom.xml >"$release/maven/shallownet-$version.pom"
[ -n "${SHALLOWNET_URL:-}" ] || echo "note: the POM has a placeholder for the project's address; to publish it, set SHALLOWNET_URL"
cp "$build/shallownet-bom.json" "$release/maven/shallownet-$version-cyclonedx.json"

# Natives of all platforms, whatever machine this is.
dependency() {
  echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version><classifier>$4</classifier></dependency>"
}
{
  echo "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies>"
  for platform in linux-x86_64 linux-arm64 macosx-arm64; do
    dependency org.bytedeco openblas "$(property openblas.version)" "$platform"
    dependency org.bytedeco javacpp "$(property javacpp.version)" "$platform"
  done
  dependency org.jcuda jcuda-natives "$(property jcuda.version)" linux-x86_64
  dependency org.jcuda jcublas-natives "$(property jcuda.version)" linux-x86_64
  echo "</dependencies></project>"
} >"$scratch/pom.xml"
plugin=$(sed -n '/<artifactId>maven-dependency-plugin</,/<version>/s:.*<version>\(.*\)</version>.*:\1:p' pom.xml | head -n 1)
./mvnw -q -B -ntp --strict-checksums -f "$scratch/pom.xml" "org.apache.maven.plugins:maven-dependency-plugin:$plugin:copy-dependencies" \
  -DexcludeTransitive=true "-DoutputDirectory=$scratch/natives"
# Less what nothing here loads: LAPACK's bindings, headers, CUDA's runtime and PTX compiler.
drop() {
  local jar=$1 status=0
  shift
  zip -qd "$jar" "$@" || status=$?
  # 12: there was nothing to drop
  [ "$status" -eq 0 ] || [ "$status" -eq 12 ]
}
for jar in "$scratch"/natives/openblas-*.jar; do
  drop "$jar" '*/libjniopenblas.*' '*/libjniopenblas_full.*' '*/include/*' '*/lib/*' 'META-INF/native-image/*'
done
drop "$(echo "$scratch"/natives/jcuda-natives-*.jar)" 'lib/libJNvPTXCompiler*' 'lib/libJCudaRuntime*'

# The archive that needs a Java runtime.
name=shallownet-$version
tree=$scratch/$name
mkdir -p "$tree/bin" "$tree/lib" "$tree/examples"
cp shallownet "$tree/bin/"
cp "$build/shallownet.jar" README.md CHANGELOG.md LICENSE NOTICE "$tree/"
cp -r docs "$tree/docs"
cp examples/*.csv examples/README.md "$tree/examples/"
for jar in "$build"/lib/*.jar; do
  case $jar in *-linux-*.jar | *-macosx-*.jar) ;; *) cp "$jar" "$tree/lib/" ;; esac
done
class_path=$tree/shallownet.jar:$(printf '%s:' "$tree"/lib/*.jar)
java -cp "$class_path" org.shallownet.cli.Manual "$tree"
cp -r "$tree" "$scratch/image"
cp "$scratch"/natives/*.jar "$tree/lib/"
pack() { tar -C "$scratch" --sort=name --owner=0 --group=0 --mtime=2026-11-01T00:00Z -cf - "$1" | gzip -9n >"$release/$2"; }
pack "$name" "$name.tar.gz"

# One jar: everything unpacked into one, services joined.
mkdir "$scratch/all"
for jar in "$tree"/lib/*.jar "$tree/shallownet.jar"; do
  mkdir "$scratch/one"
  (cd "$scratch/one" && unzip -q "$jar")
  find "$scratch/one" -name module-info.class -delete
  rm -rf "$scratch/one"/META-INF/{MANIFEST.MF,jpms.args} "$scratch/one"/META-INF/*.{SF,RSA,DSA}
  if [ -d "$scratch/one/META-INF/services" ]; then
    for service in "$scratch"/one/META-INF/services/*; do
      mkdir -p "$scratch/all/META-INF/services"
      { cat "$service"; echo; } >>"$scratch/all/META-INF/services/${service##*/}"
    done
    rm -rf "$scratch/one/META-INF/services"
  fi
  # What is ours comes last and stays: LICENSE and NOTICE.
  cp -r "$scratch/one/." "$scratch/all/"
  rm -rf "$scratch/one"
done
printf '%s\n' "Main-Class: org.shallownet.cli.Main" "Multi-Release: true" "Enable-Native-Access: ALL-UNNAMED" \
  "Add-Exports: java.base/jdk.internal.module" >"$scratch/manifest"
jar --create --file "$release/$name-all.jar" --date 2026-11-01T00:00:00Z --manifest "$scratch/manifest" -C "$scratch/all" . 2>/dev/null ||
  jar --create --file "$release/$name-all.jar" --manifest "$scratch/manifest" -C "$scratch/all" .

# The image with a runtime of its own, for the platform that this is made on.
image=
if [ "$(uname -sm)" = "Linux x86_64" ]; then
  image=$name-linux-x86_64
  mv "$scratch/image" "$scratch/$image"
  cp "$scratch"/natives/*-linux-x86_64.jar "$scratch/$image/lib/"
  modules=java.base,java.logging,java.management,jdk.management,java.xml,java.naming,java.sql,jdk.httpserver,jdk.unsupported
  modules+=,jdk.incubator.vector,jdk.zipfs,jdk.crypto.ec
  for compress in zip-6 2; do
    rm -rf "$scratch/$image/runtime"
    jlink --add-modules "$modules" --strip-debug --no-man-pages --no-header-files "--compress=$compress" \
      --output "$scratch/$image/runtime" >"$scratch/jlink.txt" 2>&1 && break
  done
  [ -x "$scratch/$image/runtime/bin/java" ] || fail "jlink made no runtime" "$scratch/jlink.txt"
  # Java's own classes in archives, on which the launcher's is based: for heaps up to 32 GB and, without compressed pointers,
  # beyond. jlink's own option for them came after 17.
  for pointers in + -; do
    "$scratch/$image/runtime/bin/java" -XX:+UseG1GC "-XX:${pointers}UseCompressedOops" -Xshare:dump >"$scratch/dump.txt" 2>&1 ||
      fail "the runtime's classes can't be archived" "$scratch/dump.txt"
  done
  size=$(du -sb "$scratch/$image" | cut -f 1)
  [ "$size" -le "$limit" ] || fail "the image has $size bytes, more than $limit"
  pack "$image" "$image.tar.gz"
  cp ci/release/Dockerfile "$release/docker/"
  cp -r "$scratch/$image" "$release/docker/shallownet"
  echo "the image has $((size / 1000 / 1000)) MB unpacked"
fi

ci/lint-dockerfile.sh

# Each is tried as a stranger would: an empty home, a folder with a space in its name, nothing of this clone in reach.
try() {
  local what=$1 log=$scratch/try.txt
  shift
  mkdir -p "$scratch/home" "$scratch/bare folder"
  cp examples/planar.csv "$scratch/bare folder/"
  attempt() { (cd "$scratch/bare folder" && env -i "PATH=$bin" "HOME=$scratch/home" ${java_home:+"JAVA_HOME=$java_home"} "$@") >"$log" 2>&1; }
  attempt "$@" train planar.csv --target label --epochs 5 --seed 1 || fail "$what does not train" "$log"
  ! grep -q "W[Aa][Rr][Nn]" "$log" || fail "$what warns" "$log"
  attempt "$@" predict planar.onnx planar.csv --out planar.predictions.csv || fail "$what does not predict" "$log"
  [ "$(wc -l <"$scratch/bare folder/planar.predictions.csv")" -eq 401 ] || fail "$what did not predict 400 rows" "$log"
  attempt "$@" doctor || fail "$what has no doctor" "$log"
  grep -q "bit vectors" "$log" || fail "$what computes without vectors" "$log"
  grep -q OpenBLAS "$log" && ! grep -q "can't be loaded" "$log" || fail "$what finds no OpenBLAS" "$log"
  attempt "$@" --version || fail "$what has no version" "$log"
  ! grep -q "W[Aa][Rr][Nn]" "$log" || fail "$what warns" "$log"
  grep -q "ShallowNet $version" "$log" || fail "$what is of another version" "$log"
  case $1 in
    */bin/shallownet)
      [ -n "$(find "$scratch/home/.cache/shallownet/classes" -name '*.jsa' -size +1M)" ] || fail "$what archives no classes" "$log"
      ;;
  esac
  rm -rf "${scratch:?}/home" "$scratch/bare folder"
  echo "passed: $what trains, predicts and finds OpenBLAS in a bare folder"
}
# Every program of the PATH but Java's.
mkdir "$scratch/bin"
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  for program in "$folder"/*; do
    case ${program##*/} in java | javac | jlink | jar | mvn) continue ;; esac
    [ ! -x "$program" ] || [ -e "$scratch/bin/${program##*/}" ] || ln -s "$program" "$scratch/bin/${program##*/}" 2>/dev/null || :
  done
done
bin=$scratch/bin
mkdir "$scratch/unpacked"
tar -C "$scratch/unpacked" -xzf "$release/$name.tar.gz"
# The image's runtime is the JRE: it has no compiler.
java_home=${image:+$scratch/$image/runtime}
java_home=${java_home:-${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}}
try "$name.tar.gz with a Java runtime" "$scratch/unpacked/$name/bin/shallownet"
try "$name-all.jar" "$java_home/bin/java" -jar "$release/$name-all.jar"
if [ -n "$image" ]; then
  tar -C "$scratch/unpacked" -xzf "$release/$image.tar.gz"
  java_home=
  for pointers in + -; do
    "$scratch/unpacked/$image/runtime/bin/java" "-XX:${pointers}UseCompressedOops" -XX:+UseParallelGC -Xshare:on -version \
      >"$scratch/share.txt" 2>&1 || fail "the runtime does not use its archive of classes" "$scratch/share.txt"
  done
  try "$image.tar.gz without Java" "$scratch/unpacked/$image/bin/shallownet"
fi

# The manual and the completions.
for page in "$tree"/man/man1/*.1; do
  ! command -v man >/dev/null || man --warnings -l "$page" 2>"$scratch/man.txt" >/dev/null || fail "man can't show $page" "$scratch/man.txt"
  [ ! -s "$scratch/man.txt" ] || fail "man warns of $page" "$scratch/man.txt"
done
bash --norc -c '. "$1"; COMP_WORDS=(shallownet train --targ); COMP_CWORD=2; _shallownet; [ "${COMPREPLY[*]}" = --target ]' bash \
  "$tree/completions/shallownet.bash" || fail "bash does not complete --targ"
! command -v zsh >/dev/null || zsh -n "$tree/completions/_shallownet" || fail "zsh can't read its completion"
! command -v fish >/dev/null || [ "$(fish -c "source '$tree/completions/shallownet.fish'; complete -C 'shallownet train --targ'" | cut -f 1)" = --target ] ||
  fail "fish does not complete --targ"
echo "passed: manual pages and completions"
(cd "$release" && sha256sum ./*.tar.gz ./*.jar maven/* >SHA256SUMS && ls -l ./*.tar.gz ./*.jar)
