#!/usr/bin/env bash
# Tests ./shallownet as a stranger meets it: a fresh clone of the last commit, in a folder with a space in its name, from
# another working directory, through a symbolic link. What is checked is said by each test's line.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
clone="$scratch/a clone"
# CI may run as another user than the owner of its checkout, which git refuses unless told.
git config --file "$scratch/gitconfig" safe.directory '*'
GIT_CONFIG_GLOBAL="$scratch/gitconfig" git clone -q "$source" "$clone"
mkdir "$scratch/elsewhere"
ln -s "../a clone/shallownet" "$scratch/elsewhere/link"
cd "$scratch/elsewhere"
cp "$clone/examples/planar.csv" "my data.csv"
launcher=./link

fail() {
  echo "FAILED: $test" >&2
  echo "  $1" >&2
  sed 's/^/  stderr: /' err >&2 || :
  exit 1
}

# run STATUS ARGUMENTS…: starts ShallowNet, leaves its output in out and err, and insists on the exit status.
run() {
  local expected=$1 status=0
  shift
  "$launcher" "$@" >out 2>err </dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "exit status $status, not $expected, of: shallownet $*"
}

builds() { grep -c '^Building ShallowNet' "$1" || :; }

published() { find "$clone/target/launcher" -maxdepth 1 -name 'build-*' | wc -l; }

await() {
  for _ in $(seq 300); do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.1
  done
  fail "waited 30 s in vain for: $*"
}

milliseconds() { date +%s%3N; }

# without FOLDER PROGRAM…: a folder that has every program of the PATH but these.
without() {
  local made=$1 folders folder program
  shift
  mkdir "$made"
  IFS=: read -ra folders <<<"$PATH"
  for folder in "${folders[@]}"; do
    for program in "$folder"/*; do
      [ ! -x "$program" ] || [ -e "$made/${program##*/}" ] || ln -s "$program" "$made/"
    done
  done
  for program; do rm -f "$made/$program"; done
}

test="the first start builds, trains and writes the model"
run 0 train "my data.csv" --target label --epochs 5 --json --out planar.onnx
[ "$(builds err)" -eq 1 ] || fail "did not say that it builds"
[ "$(wc -l <out)" -eq 1 ] && grep -q '^{.*"cost".*}$' out || fail "stdout is not one JSON object"
[ -s planar.onnx ] || fail "no model"
echo "passed: $test"

test="the second start builds nothing; stdout has the predictions alone"
run 0 predict planar.onnx "my data.csv"
[ "$(builds err)" -eq 0 ] || fail "built again"
[ "$(head -n 1 out)" = label ] || fail "the first line is not the header"
[ "$(grep -cxE '0|1' out)" -eq 400 ] || fail "not 400 labels"
echo "passed: $test"

test="a start that builds nothing takes less than twice as long as the Java that it runs (the best of five, by turns)"
few=(train "my data.csv" --target label --epochs 1 --quiet --out quick.onnx)
java=$(bash -x "$launcher" "${few[@]}" 2>&1 >/dev/null </dev/null | sed -n 's/^+ exec \(.*java .*\)/\1/p' | tail -n 1)
[ -n "$java" ] || fail "no Java was run"
rm quick.onnx
with= alone=
for _ in 1 2 3 4 5; do
  started=$(milliseconds)
  run 0 "${few[@]}"
  elapsed=$(($(milliseconds) - started))
  if [ -z "$with" ] || [ "$elapsed" -lt "$with" ]; then with=$elapsed; fi
  rm quick.onnx
  started=$(milliseconds)
  eval "$java" >out 2>err </dev/null || fail "exit status $? of: $java"
  elapsed=$(($(milliseconds) - started))
  if [ -z "$alone" ] || [ "$elapsed" -lt "$alone" ]; then alone=$elapsed; fi
  rm quick.onnx
done
[ "$with" -lt $((2 * alone)) ] || fail "took $with ms, Java alone $alone ms"
echo "passed: $test ($with ms, Java alone $alone ms)"

test="exit statuses pass through, Java adds nothing to stderr"
run 0 --version
[ ! -s err ] || fail "stderr is not empty"
commit=$(GIT_CONFIG_GLOBAL="$scratch/gitconfig" git -C "$clone" rev-parse --short=12 HEAD)
head -n 1 out | grep -qE "^ShallowNet [0-9]+\.[0-9]+\.[0-9]+ \($commit\)$" || fail "the first line does not name the version and commit $commit"
run 2 train "my data.csv" --target label --nonsense
run 3 train "my data.csv" --target nonsense
echo "passed: $test"

test="training and comparing go by vectors and reach the same metrics; no other command is given them"
vectors="-bit vectors"
options="--target label --seed 3 --epochs 5 --hidden 4"
run 0 train "my data.csv" $options --activation tanh --split-seed 3 --out trained.onnx --json
grep -q -- "$vectors" err || fail "training was not given vectors"
! grep -q incubator err || fail "Java's warning of an incubator module was passed on"
trained=$(grep -o '"train":{[^}]*}' out) || fail "training printed no metrics"
run 0 compare "my data.csv" $options --activations tanh --seeds 1 --out compared.onnx --json
grep -q -- "$vectors" err || fail "a comparison was not given vectors"
! grep -q incubator err || fail "Java's warning of an incubator module was passed on"
grep -qF "$trained" out || fail "training reached $trained, the comparison did not"
SHALLOWNET_JAVA_OPTS=-Dshallownet.cpu.vectors=on run 4 evaluate trained.onnx "my data.csv"
grep -q "without --add-modules" err || fail "evaluating was given vectors"
echo "passed: $test"

test="stderr is the caller's own, so that its lines stand where they were written; closed streams and readers harm nothing"
"$launcher" train "my data.csv" --target label --epochs 100000000 --dev-fraction 0 --out long.onnx >out 2>err </dev/null &
pid=$!
await grep -q "^Backend" err
if [ -d /proc/self/fd ]; then
  [ "$(readlink "/proc/$pid/fd/2")" = "$PWD/err" ] || fail "stderr is $(readlink "/proc/$pid/fd/2")"
fi
! command -v pgrep >/dev/null || ! pgrep -P "$pid" >/dev/null || fail "Java has a process beside it"
kill -TERM "$pid"
wait "$pid" || :
rm -f long.onnx
for _ in 1 2 3; do
  "$launcher" train "my data.csv" --target label --hidden 4 --epochs 2 --out order.onnx >both 2>&1 </dev/null || fail "did not train"
  sed -E 's/^(Backend|Settings|Trained|Model saved).*/\1/; s/^accuracy .*/accuracy/' both |
    grep -xE 'Backend|Settings|Trained|accuracy|Model saved' >order
  [ "$(tr '\n' ' ' <order)" = "Backend Settings Trained accuracy Model saved " ] || { cp both err; fail "the lines stand otherwise"; }
done
"$launcher" train "my data.csv" --target label --hidden 4 --epochs 2 --quiet --out order.onnx >out 2>&- </dev/null || fail "needs a stderr"
"$launcher" train "my data.csv" --target label --hidden 4 --epochs 2 --out order.onnx 2>&1 </dev/null | head -n 1 >out
[ "${PIPESTATUS[0]}" -eq 0 ] && grep -q "^Columns" out || fail "a reader that is gone is a failure"
# In two languages, as the system says it in the caller's.
for language in en de; do
  LC_ALL=C.UTF-8 LANGUAGE=$language "$launcher" --version 2>err </dev/null | true
  [ "${PIPESTATUS[0]}" -eq 0 ] && [ ! -s err ] || fail "a reader that is gone is a failure in the language $language"
  [ ! -c /dev/full ] || {
    status=0
    LC_ALL=C.UTF-8 LANGUAGE=$language "$launcher" --version >/dev/full 2>err </dev/null || status=$?
    [ "$status" -eq 6 ] && [ "$(wc -l <err)" -eq 1 ] || fail "exit status $status, not 6, where stdout is full, in the language $language"
  }
done
echo "passed: $test"

test="each other Java from 17 on that is here trains by vectors and warns of nothing"
for java in /usr/lib/jvm/*/bin/java; do
  [ -x "$java" ] || continue
  home=$(dirname "$(dirname "$java")")
  release=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null)
  [ "${release:-0}" -ge 17 ] || continue
  JAVA_HOME=$home run 0 train "my data.csv" --target label --hidden 4 --epochs 2 --out order.onnx
  ! grep -qi "warning" err || fail "Java $release warns"
  grep -q -- "$vectors" err || fail "Java $release was not given vectors"
done
echo "passed: $test"

test="SIGTERM and SIGINT reach Java, which saves the model and exits with 130"
for signal in TERM INT; do
  rm -f long.onnx
  # With job control a background process takes SIGINT, as it would from a terminal.
  set -m
  "$launcher" train "my data.csv" --target label --epochs 100000000 --dev-fraction 0 --out long.onnx --history long.csv \
    >out 2>err </dev/null &
  pid=$!
  set +m
  await grep -q "^Backend" err
  sleep 2
  kill -s "$signal" "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 130 ] || fail "exit status $status after SIG$signal"
  [ -s long.onnx ] || fail "no model after SIG$signal"
done
echo "passed: $test"

# When the launcher builds, and what becomes of a build, is the same whatever Maven makes. A stand-in gives out what the first
# build made.
cp -r "$clone/target/launcher/$(cat "$clone/target/launcher/current")" "$scratch/built"
cp "$clone/mvnw" "$scratch/real"
cat >"$scratch/stand-in" <<SH
#!/bin/sh
sleep 3
for argument; do
  case \$argument in -Dshallownet.target=*) exec cp -r "$scratch/built/shallownet.jar" "$scratch/built/lib" "\${argument#*=}" ;; esac
done
exit 1
SH
chmod 755 "$scratch/stand-in"
# maven real|stand-in: what the launcher builds by from here on.
maven() { cp "$scratch/$1" "$clone/mvnw"; }

maven stand-in
test="an edited source is built again, once, by two starts at the same time; a running program goes on"
"$launcher" train "my data.csv" --target label --epochs 100000000 --dev-fraction 0 --out long.onnx >out.long 2>err.long </dev/null &
long=$!
await grep -q "^Backend" err.long
echo >>"$clone/src/main/resources/org/shallownet/version.properties"
"$launcher" --version >out.1 2>err.1 </dev/null &
first=$!
"$launcher" --version >out.2 2>err.2 </dev/null &
second=$!
wait "$first" || { cp err.1 err; fail "the first start failed"; }
wait "$second" || { cp err.2 err; fail "the second start failed"; }
[ $(($(builds err.1) + $(builds err.2))) -eq 1 ] || { cat err.1 err.2 >err; fail "not built exactly once"; }
if command -v flock >/dev/null; then
  [ "$(published)" -eq 2 ] || fail "the running program's build was removed"
fi
kill -TERM "$long"
status=0
wait "$long" || status=$?
[ "$status" -eq 130 ] || fail "the running program ended with $status"
echo "passed: $test"

maven real
test="an interrupted build publishes nothing, the next start builds"
echo >>"$clone/src/main/resources/org/shallownet/version.properties"
"$launcher" --version >out 2>err </dev/null &
pid=$!
await grep -q '^Building' err
sleep 1
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 143 ] || fail "exit status $status"
maven stand-in
run 0 --version
[ "$(builds err)" -eq 1 ] || fail "did not build"
if command -v flock >/dev/null; then
  [ "$(published)" -eq 1 ] || fail "old builds were left"
fi
echo "passed: $test"

test="sources that are newer but the same are not built again, also those of a clock that is ahead"
touch "$clone/pom.xml"
run 0 --version
[ "$(builds err)" -eq 0 ] || fail "built a touched source again"
echo >>"$clone/src/main/resources/org/shallownet/version.properties"
touch -t 210001010000 "$clone/src/main/resources/org/shallownet/version.properties"
for expected in 1 0 0; do
  run 0 --version
  [ "$(builds err)" -eq "$expected" ] || fail "built $(builds err) times, not $expected"
done
touch "$clone/src/main/resources/org/shallownet/version.properties"
echo "passed: $test"

test="a machine without find builds what has changed, and that alone; an old build that can't be removed is told of"
without no-find find xargs rm
real=$(command -v rm)
printf '#!/bin/sh\ncase "$*" in */build-*) exit 1 ;; esac\nexec "%s" "$@"\n' "$real" >no-find/rm
chmod +x no-find/rm
echo >>"$clone/src/main/resources/org/shallownet/version.properties"
PATH=$PWD/no-find run 0 --version
[ "$(builds err)" -eq 1 ] || fail "did not build what has changed"
if command -v flock >/dev/null; then
  [ "$(grep -c '^shallownet: .*/build-.* is an old build that can.t be removed; ' err)" -eq 1 ] || fail "not one sentence about the old build"
fi
PATH=$PWD/no-find run 0 --version
[ ! -s err ] || fail "said something, or built again"
find "$clone/target/launcher" -maxdepth 1 -name 'build-*' ! -name "$(cat "$clone/target/launcher/current")" -exec rm -rf {} +
echo "passed: $test"

test="a clone that another user has built starts; what can't be written there is told of in a sentence with what to do"
if [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
  mkdir no-home
  chown 65534 no-home
  chmod 755 "$scratch"
  printf '#!/bin/sh\nexport HOME="%s"\nexec setpriv --reuid 65534 --regid 65534 --clear-groups "%s" "$@"\n' \
    "$PWD/no-home" "$clone/shallownet" >launch-other
  chmod +x launch-other
  launcher=./launch-other
  run 0 --version
  [ ! -s err ] || fail "said something"
  archive=$(ls "$clone"/target/launcher/build-*/classes-*.jsa)
  mv "$archive" kept.jsa
  run 0 --version
  [ "$(wc -l <err)" -eq 1 ] && grep -q "starts more slowly; .*: sudo chown -R .* '$clone/target'\.$" err ||
    fail "not one sentence about classes that can't be archived"
  mv kept.jsa "$archive"
  chmod 700 "$(dirname "$archive")"
  run 1 --version
  [ "$(wc -l <err)" -eq 1 ] && grep -q "can't be written; .*: sudo chown -R .* '$clone/target'\.$" err ||
    fail "not one sentence about a build that can't be read"
  chmod 755 "$(dirname "$archive")"
  cp "$clone/src/main/resources/org/shallownet/version.properties" kept.properties
  echo >>"$clone/src/main/resources/org/shallownet/version.properties"
  run 1 --version
  [ "$(wc -l <err)" -eq 1 ] && grep -q "can't be written; .*: sudo chown -R .* '$clone/target'\.$" err ||
    fail "not one sentence about a build that can't be written"
  # The folder is the user's, but not what is in it.
  chown 65534 "$clone/target/launcher"
  touch "$clone/target/launcher/lock"
  run 1 --version
  [ "$(wc -l <err)" -eq 1 ] && grep -q "can't be written; .*: sudo chown -R .* '$clone/target'\.$" err ||
    fail "not one sentence about a lock that can't be written"
  chown 0 "$clone/target/launcher"
  cp kept.properties "$clone/src/main/resources/org/shallownet/version.properties"
  chmod 700 "$scratch"
  launcher=./link
  echo "passed: $test"
else
  echo "Skipped, as there is no other user to start as: $test"
fi

maven real
test="a failed build exits with 1 and says so; the repaired source starts"
mv "$clone/src/main/java/org/shallownet/cli/Main.java" Main.java
echo 'class Main { broken' >"$clone/src/main/java/org/shallownet/cli/Main.java"
run 1 --version
tail -n 1 err | grep -q '^shallownet: the build failed' || fail "does not end with a sentence"
cp Main.java "$clone/src/main/java/org/shallownet/cli/Main.java"
run 0 --version
echo "passed: $test"

test="NVIDIA's libraries that the profile cuda-redist brings are on the class path"
run 0 doctor
if grep -q 'there is no libnvrtc.so.12' out; then
  libraries=redist/org/bytedeco/cuda/linux-x86_64
  mkdir -p "$clone/target/lib" "$libraries"
  echo "no library" | tee "$libraries/libnvrtc.so.12" >"$libraries/libnvrtc-builtins.so.12"
  jar --create --file "$clone/target/lib/cuda-0-linux-x86_64-redist.jar" -C redist org
  XDG_CACHE_HOME=$PWD/cache run 0 doctor
  grep -q 'NVRTC .*libnvrtc.so.12 of the class path can.t be loaded' out || fail "the jar was not looked into"
  echo "passed: $test"
else
  echo "Skipped, as this machine has an NVRTC or can't have one: $test"
fi

test="a Parquet file brings DuckDB at first, says so in a line, and has it then; a CSV file brings nothing"
files="$clone/src/test/resources/org/shallownet/data/sql"
export XDG_CACHE_HOME=$PWD/drivers-cache
run 0 train "$files/customers.csv" --target status --epochs 2 --quiet --out csv.onnx
[ ! -e "$XDG_CACHE_HOME/shallownet/drivers" ] || fail "fetched a driver for CSV"
for way in first second; do
  run 0 train "$files/customers.parquet" --target status --epochs 2 --quiet --out parquet.onnx
  fetched=$(grep -c '^Fetching DuckDB' err || :)
  [ "$fetched" -eq "$([ $way = first ] && echo 1 || echo 0)" ] || fail "the $way start said $fetched times that it fetches"
done
[ "$(ls "$XDG_CACHE_HOME/shallownet/drivers" | wc -l)" -eq 1 ] || fail "left something beside the driver"
run 0 predict parquet.onnx "$files/customers.json" --keep age
[ "$(wc -l <out)" -eq 41 ] || fail "not 40 predictions"
run 0 evaluate parquet.onnx --query "SELECT * FROM '$files/customers.csv'"
run 0 evaluate parquet.onnx "$files/customers.sqlite"
grep -q '^Fetching the driver of SQLite' err || fail "did not say that it fetches SQLite's driver"
echo "passed: $test"

test="without a network, and where something else is fetched, a driver is asked for in one sentence and nothing is left"
rm -rf "$XDG_CACHE_HOME"
SHALLOWNET_REPOSITORY=http://127.0.0.1:9 run 1 train "$files/customers.parquet" --target status --out none.onnx
tail -n 1 err | grep -q "^shallownet: .*can't be fetched; connect to the network, or put that file into" || fail "does not end with a sentence"
mkdir -p repository/org/duckdb/duckdb_jdbc/2.0.0.1
echo "no jar" >repository/org/duckdb/duckdb_jdbc/2.0.0.1/duckdb_jdbc-2.0.0.1.jar
SHALLOWNET_REPOSITORY=file://$PWD/repository run 1 train "$files/customers.parquet" --target status --out none.onnx
tail -n 1 err | grep -q "^shallownet: .*is damaged or not that file" || fail "took a wrong file"
[ -z "$(ls "$XDG_CACHE_HOME/shallownet/drivers")" ] || fail "left a file behind"
[ ! -e none.onnx ] || fail "wrote a model"
echo "passed: $test"

test="an Arrow file and a stream bring Apache Arrow at first, and have it then; no other table is taken for one"
arrow="$clone/src/test/resources/org/shallownet/data/arrow"
{ printf '\303\226\303\226,y\n'; printf '%s,0\n%s,1\n' $(seq 40); } >umlauts.csv
run 0 train umlauts.csv --target y --epochs 2 --quiet --out umlauts.onnx
[ ! -e "$XDG_CACHE_HOME/shallownet/drivers/arrow-vector-19.0.0.jar" ] || fail "fetched Arrow for CSV"
SHALLOWNET_REPOSITORY=http://127.0.0.1:9 run 1 train "$arrow/customers.feather" --target status --out none.onnx
tail -n 1 err | grep -q "^shallownet: .*can't be fetched; .*, and these: .*zstd-jni" || fail "does not name all files in a sentence"
run 0 train "$arrow/customers.feather" --target status --epochs 2 --quiet --out arrow.onnx
grep -q '^Fetching Apache Arrow' err || fail "did not say that it fetches Arrow"
run 0 predict arrow.onnx "$arrow/customers.arrows" --keep age
[ "$(wc -l <out)" -eq 41 ] || fail "not 40 predictions"
[ ! -s err ] || fail "said something"
run 0 evaluate arrow.onnx "$arrow/deltas.arrow"
head -c 3000 "$arrow/customers.feather" >cut.feather
run 3 evaluate arrow.onnx cut.feather
[ "$(wc -l <err)" -eq 1 ] || fail "not one line about a file that is cut off"
echo "passed: $test"

test="a driver of one's own is found through SHALLOWNET_CLASS_PATH"
run 3 train --connect jdbc:mine:x --query "SELECT 1" --target y
grep -q SHALLOWNET_CLASS_PATH err || fail "did not say how to add a driver"
mkdir -p mine/META-INF/services
cat >mine/Mine.java <<'JAVA'
public class Mine implements java.sql.Driver {
  static {
    try {
      java.sql.DriverManager.registerDriver(new Mine());
    } catch (java.sql.SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
  public java.sql.Connection connect(String url, java.util.Properties p) throws java.sql.SQLException {
    if (!acceptsURL(url)) return null;
    throw new java.sql.SQLException("mine was asked");
  }
  public boolean acceptsURL(String url) { return url.startsWith("jdbc:mine:"); }
  public java.sql.DriverPropertyInfo[] getPropertyInfo(String url, java.util.Properties p) { return new java.sql.DriverPropertyInfo[0]; }
  public int getMajorVersion() { return 1; }
  public int getMinorVersion() { return 0; }
  public boolean jdbcCompliant() { return false; }
  public java.util.logging.Logger getParentLogger() { return null; }
}
JAVA
echo Mine >mine/META-INF/services/java.sql.Driver
"${JAVA_HOME:+$JAVA_HOME/bin/}javac" --release 17 -d mine mine/Mine.java
SHALLOWNET_CLASS_PATH=$PWD/mine run 3 train --connect jdbc:mine:x --query "SELECT 1" --target y
grep -q "mine was asked" err || fail "the driver was not found"
echo "passed: $test"

test="no driver is loaded that another user could have put there, but one sentence says whose place it is and what to do"
place=$XDG_CACHE_HOME/shallownet/drivers
jar=$place/arrow-vector-19.0.0.jar
refused() {
  run 1 train "$arrow/customers.feather" --target status --out none.onnx
  [ "$(wc -l <err)" -eq 1 ] && grep -qxF "shallownet: $1, so nothing is loaded from the cache below it; set XDG_CACHE_HOME to a folder that is yours alone." err ||
    fail "not one sentence about $1"
}
for open in "$XDG_CACHE_HOME" "$place" "$jar"; do
  mode=$(stat -c %a "$open")
  chmod o+w "$open"
  refused "$open is open to all users"
  chmod "$mode" "$open"
  if [ "$(id -u)" -eq 0 ]; then
    chown 65534 "$open"
    refused "$open is another user's"
    chown 0 "$open"
  fi
done
run 0 train "$arrow/customers.feather" --target status --epochs 2 --quiet --out arrow.onnx
[ ! -s err ] || fail "said something of a folder that is the user's"
for named in mine "$PWD/mine"; do
  chmod 757 mine
  SHALLOWNET_CLASS_PATH=$named run 1 train --connect jdbc:mine:x --query "SELECT 1" --target y
  [ "$(wc -l <err)" -eq 1 ] && grep -qxF "shallownet: $PWD/mine is open to all users, so $named of SHALLOWNET_CLASS_PATH is not loaded; put it into a folder that only you can write to." err ||
    fail "not one sentence about a driver of anybody's"
  chmod 775 mine
  SHALLOWNET_CLASS_PATH=$named run 3 train --connect jdbc:mine:x --query "SELECT 1" --target y
  grep -q "mine was asked" err || fail "the driver was not found"
done
unset XDG_CACHE_HOME
echo "passed: $test"

test="an archive of classes that was cut is made anew, and one that a Java lacks is made"
archive=$(ls "$clone"/target/launcher/build-*/classes-*.jsa)
chmod u+w "$archive"
head -c 100000 "$archive" >cut.jsa
cp cut.jsa "$archive"
run 0 --version
[ "$(grep -c '^Preparing ShallowNet' err)" -eq 1 ] || fail "did not prepare anew"
[ "$(wc -c <"$archive")" -gt 1000000 ] || fail "the archive is still cut"
run 0 --version
[ ! -s err ] || fail "prepared again"
rm "$archive" "$archive.size"
run 0 train "my data.csv" --target label --epochs 2 --quiet --out prepared.onnx
[ -s "$archive" ] || fail "no archive was made"
[ -z "$(find "$clone/target/launcher" -maxdepth 1 -name 'rehearsal-*')" ] || fail "left the rehearsal's folder"
echo "passed: $test"

test="where no folder can be made for the rehearsal, that is told of in a sentence, and no other's is removed"
mkdir no-folders
real=$(command -v mkdir)
# As where another process has the same number and was first.
cat >no-folders/mkdir <<SH
#!/bin/sh
case "\$*" in
  */rehearsal-*) "$real" "\$@" && touch "\$1/another's" && exit 1 ;;
esac
exec "$real" "\$@"
SH
printf '#!/bin/sh\nexit 1\n' >no-folders/mktemp
chmod +x no-folders/*
mkdir "$clone/target/launcher/rehearsal-other"
touch "$clone/target/launcher/rehearsal-other/another's"
rm "$archive" "$archive.size"
PATH=$PWD/no-folders:$PATH run 0 --version
grep -q "^shallownet: what makes starts faster can't be written to $(dirname "$archive"); make that folder writable\.$" err &&
  [ "$(wc -l <err)" -eq 2 ] || fail "not one sentence about it"
for folder in "$clone"/target/launcher/rehearsal-*; do
  [ -e "$folder/another's" ] || fail "removed or made $folder"
done
rm -r "$clone"/target/launcher/rehearsal-*
run 0 --version
[ -s "$archive" ] || fail "no archive was made afterwards"
echo "passed: $test"

test="an unpacked archive keeps its classes in the user's cache, and loads none from a folder that is not the user's alone"
mkdir -p unpacked/bin unpacked/examples watched/bin
cp "$clone/shallownet" unpacked/bin/
cp -r "$clone/target/launcher/$(cat "$clone/target/launcher/current")/"{shallownet.jar,lib} unpacked/
cp "$clone/examples/planar.csv" unpacked/examples/
launcher=$PWD/unpacked/bin/shallownet
real=$(readlink -f "$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")")
cp "${real%/bin/java}/release" watched/ || fail "this Java has no file release"
printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"%s/arguments"\nexec "%s" "$@"\n' "$PWD" "$real" >watched/bin/java
chmod +x watched/bin/java
export JAVA_HOME_BEFORE=${JAVA_HOME:-} JAVA_HOME=$PWD/watched XDG_CACHE_HOME=$PWD/classes-cache
run 0 --version
grep -q '^Preparing ShallowNet' err || fail "prepared nothing"
run 0 --version
[ ! -s err ] && grep -q SharedArchiveFile arguments || fail "does not load the archive of classes"
archive=$(ls "$XDG_CACHE_HOME"/shallownet/classes/*.jsa)
mkdir no-chmod
printf '#!/bin/sh\nexit 1\n' >no-chmod/chmod
chmod +x no-chmod/chmod
for folder in "$XDG_CACHE_HOME/shallownet" "$XDG_CACHE_HOME/shallownet/classes"; do
  for mode in 720 702; do
    chmod $mode "$folder"
    PATH=$PWD/no-chmod:$PATH run 0 --version
    ! grep -q SharedArchiveFile arguments || fail "loads classes from a folder of mode $mode, which can't be changed"
    grep -qxF "shallownet: $folder is open to other users, so Java starts more slowly; set XDG_CACHE_HOME to another folder." err &&
      [ "$(wc -l <err)" -eq 1 ] || fail "not one sentence about it"
  done
  chmod 700 "$folder"
done
chmod 757 "$XDG_CACHE_HOME"
run 0 --version
! grep -q SharedArchiveFile arguments || fail "loads classes from a folder that others may replace"
grep -qxF "shallownet: $XDG_CACHE_HOME is open to all users, so Java starts more slowly; set XDG_CACHE_HOME to a folder that is yours alone." err &&
  [ "$(wc -l <err)" -eq 1 ] || fail "not one sentence about it"
chmod 755 "$XDG_CACHE_HOME"
chmod 755 "$XDG_CACHE_HOME/shallownet/classes"
PATH=$PWD/no-chmod:$PATH run 0 --version
[ ! -s err ] && grep -q SharedArchiveFile arguments || fail "a folder that nobody else can write to is not enough"
chmod 466 "$archive"
run 0 --version
grep -q '^Preparing ShallowNet' err && [ "$(ls -l "$archive" | cut -c 9)" = - ] || fail "took an archive that others may write"
if [ "$(id -u)" -eq 0 ]; then
  for folder in "$XDG_CACHE_HOME/shallownet" "$XDG_CACHE_HOME/shallownet/classes"; do
    chown 1 "$folder"
    run 0 --version
    ! grep -q SharedArchiveFile arguments || fail "loads classes from another user's folder"
    grep -qxF "shallownet: $folder is another user's, so Java starts more slowly; set XDG_CACHE_HOME to a folder of root." err &&
      [ "$(wc -l <err)" -eq 1 ] || fail "not one sentence about it"
    chown 0 "$folder"
  done
  chown 1 "$archive"
  run 0 --version
  grep -q '^Preparing ShallowNet' err && [ -O "$archive" ] || fail "took another user's archive"
fi
if [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
  # What is left after sudo with the home of the user who called it.
  chmod 755 "$scratch" "$XDG_CACHE_HOME"
  touch arguments
  chmod 666 arguments
  printf '#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups unpacked/bin/shallownet "$@"\n' >launch-other
  chmod +x launch-other
  launcher=./launch-other
  run 0 --version
  ! grep -q SharedArchiveFile arguments || fail "loads classes from a folder of root"
  folder=$XDG_CACHE_HOME/shallownet
  grep -q "^shallownet: $folder is another user's, as after sudo, so Java starts more slowly; make it yours: sudo chown -R [^ ]* '$folder'\.$" err &&
    [ "$(wc -l <err)" -eq 1 ] || fail "not one sentence about it"
  chmod 700 "$scratch"
  launcher=$PWD/unpacked/bin/shallownet
fi
if unshare -m true 2>/dev/null; then
  printf '#!/bin/sh\nmount --bind "$XDG_CACHE_HOME" "$XDG_CACHE_HOME" && mount -o remount,bind,ro "$XDG_CACHE_HOME" && exec unpacked/bin/shallownet "$@"\n' >mounted
  printf '#!/bin/sh\nexec unshare -m ./mounted "$@"\n' >launch-mounted
  chmod +x mounted launch-mounted
  launcher=./launch-mounted
  run 0 --version
  [ ! -s err ] && grep -q SharedArchiveFile arguments || fail "does not use the archive of a cache that can't be written"
  head -c 100000 "$archive" >cut.jsa
  cat cut.jsa >"$archive"
  run 0 --version
  [ ! -s err ] && ! grep -q SharedArchiveFile arguments || fail "uses an archive that was cut"
fi
JAVA_HOME=$JAVA_HOME_BEFORE
[ -n "$JAVA_HOME" ] || unset JAVA_HOME
unset XDG_CACHE_HOME JAVA_HOME_BEFORE
echo "passed: $test"

test="a cache without room, or that forbids to execute, is told of in a sentence with what to do, and training goes on"
if unshare -m true 2>/dev/null; then
  mkdir other-cache
  cat >mounted <<'SH'
#!/bin/sh
mount -t tmpfs -o "$OPTIONS" none other-cache && exec unpacked/bin/shallownet "$@"
SH
  chmod +x mounted
  cat >launch-mounted <<'SH'
#!/bin/sh
exec unshare -m ./mounted "$@"
SH
  chmod +x launch-mounted
  launcher=./launch-mounted
  export XDG_CACHE_HOME=$PWD/other-cache
  OPTIONS=size=1m run 0 train "my data.csv" --target label --hidden 4 --epochs 2 --quiet --out small.onnx
  no_room="^shallownet: $XDG_CACHE_HOME/shallownet/classes has no room .* (60 MB); make room there, or set XDG_CACHE_HOME"
  grep -q "$no_room" err || fail "did not say that there is no room"
  [ "$(wc -l <err)" -eq 1 ] || fail "said more"
  cat >often <<'SH'
#!/bin/sh
set -e
export XDG_CACHE_HOME=$PWD/other-cache
mount -t tmpfs -o size=1m none other-cache
for start in 1 2; do unpacked/bin/shallownet --version 2>err.$start; done
mount -o remount,size=200m other-cache
for start in 3 4; do unpacked/bin/shallownet --version 2>err.$start; done
SH
  chmod +x often
  unshare -m ./often >out 2>err || fail "does not start with little room"
  cp err.1 err
  [ "$(grep -c "$no_room" err)" -eq 1 ] && [ "$(wc -l <err)" -eq 1 ] || fail "not one sentence about room"
  cp err.2 err
  [ ! -s err ] || fail "said it again, or tried again"
  cp err.3 err
  [ "$(cat err)" = "$(grep '^Preparing ShallowNet' err)" ] && [ -s err ] || fail "made no archive once there was room"
  cp err.4 err
  [ ! -s err ] || fail "made the archive again"
  OPTIONS=size=1m run 0 doctor
  grep -q "fix: make 60 MB free in $XDG_CACHE_HOME/shallownet/openblas, or set XDG_CACHE_HOME to another folder" out ||
    { cp out err; fail "doctor does not say what to do without room"; }
  OPTIONS=size=1m run 1 train "$files/customers.parquet" --target status --out none.onnx
  tail -n 1 err | grep -q "can't hold duckdb_jdbc.*; make room there, or set XDG_CACHE_HOME" || fail "does not end with a sentence"
  OPTIONS=noexec run 0 doctor
  grep -q "fix: its folder forbids to execute what is in it (mounted noexec): set XDG_CACHE_HOME to another" out ||
    { cp out err; fail "doctor does not say what to do where nothing may be executed"; }
  OPTIONS=noexec run 0 train "my data.csv" --target label --epochs 2 --quiet --out small.onnx
  unset XDG_CACHE_HOME
  echo "passed: $test"
else
  echo "Skipped, as nothing can be mounted here: $test"
fi
launcher=./link

test="names of files are found in a locale without characters"
cp "my data.csv" größe.csv
# The last one is installed nowhere.
for locale in "" C POSIX xx_XX.UTF-8; do
  rm -f größe.onnx
  LC_ALL='' LC_CTYPE='' LANG=$locale run 0 train größe.csv --target label --epochs 2 --quiet
  [ -s größe.onnx ] || fail "no größe.onnx with LANG=$locale"
done
echo "passed: $test"

test="a garbage collector of the caller's takes the place of ours"
SHALLOWNET_JAVA_OPTS="-Dx=y -XX:+UseSerialGC -Xmx1g" run 0 train "my data.csv" --target label --epochs 2 --quiet --out serial.onnx
[ ! -s err ] || fail "said something"
echo "passed: $test"

test="young objects are bounded, but not for a caller who divides the heap"
bash -x "$launcher" train "my data.csv" --target label --epochs 2 --quiet --out young.onnx >out 2>err </dev/null || fail "exit status $?"
grep -q '^+ exec .*-XX:MaxNewSize=[1-9][0-9]*m ' err || fail "nothing bounds them"
for options in -Xmx128m -XX:MaxRAMPercentage=10 -XX:+UseSerialGC; do
  SHALLOWNET_JAVA_OPTS=$options bash -x "$launcher" train "my data.csv" --target label --epochs 2 --quiet --out young.onnx >out 2>err </dev/null ||
    fail "exit status $? with $options"
  grep '^+ exec ' err | grep -q -- "$options" && ! grep '^+ exec ' err | grep -q MaxNewSize || fail "$options is not all that divides the heap"
done
echo "passed: $test"

test="a clone whose path holds a colon builds and trains"
mkdir "$scratch/a:b"
GIT_CONFIG_GLOBAL="$scratch/gitconfig" git clone -q "$source" "$scratch/a:b/clone"
launcher="$scratch/a:b/clone/shallownet"
XDG_CACHE_HOME=$PWD/cache run 0 train "my data.csv" --target label --epochs 2 --quiet --out colon.onnx
[ "$(builds err)" -eq 1 ] && [ -s colon.onnx ] || fail "did not build and train"
XDG_CACHE_HOME=$PWD/cache run 0 evaluate colon.onnx "my data.csv"
[ ! -s err ] || fail "said something"
launcher=./link
echo "passed: $test"

test="an old Java and a missing one are each one sentence"
mkdir -p old/bin
printf '#!/bin/sh\n' >old/bin/java
chmod +x old/bin/java
echo 'JAVA_VERSION="11.0.2"' >old/release
JAVA_HOME=$PWD/old run 1 --version
[ "$(wc -l <err)" -eq 1 ] && grep -q '17 or newer' err || fail "not one sentence about Java 17"
JAVA_HOME=$PWD/nowhere run 1 --version
[ "$(wc -l <err)" -eq 1 ] && grep -q JAVA_HOME err || fail "not one sentence about JAVA_HOME"
echo "passed: $test"
