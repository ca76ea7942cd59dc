#!/usr/bin/env bash
# Trains and predicts on tables of a real PostgreSQL server, which is installed by apt where it is missing and started in a
# folder of its own. Skipped, with the reason, where neither can be.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)

skip() {
  echo "Skipped, as $1: a real PostgreSQL server."
  exit 0
}

binaries() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

if [ -z "$(binaries)" ]; then
  command -v apt-get >/dev/null || skip "there is no PostgreSQL and no apt to install it by"
  [ "$(id -u)" -eq 0 ] || skip "there is no PostgreSQL and only root may install it"
  echo "Installing PostgreSQL …"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends postgresql; } \
    >/dev/null 2>&1 || skip "apt can't install PostgreSQL (no network?)"
fi
bin=$(binaries)

scratch=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
# The server refuses to run as root.
as_owner() { if [ "$(id -u)" -eq 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@"); else "$@"; fi; }
stop() {
  as_owner "$bin/pg_ctl" -D "$scratch/data" -m immediate stop >/dev/null 2>&1 || :
  rm -rf "$scratch"
}
trap stop EXIT
mkdir "$scratch/data" "$scratch/work"
[ "$(id -u)" -ne 0 ] || { chmod 755 "$scratch" && chown postgres "$scratch/data"; }
echo secret >"$scratch/password"
chmod 644 "$scratch/password"
as_owner "$bin/initdb" -D "$scratch/data" -U tester --pwfile="$scratch/password" -A scram-sha-256 -E UTF8 --locale=C >/dev/null
as_owner "$bin/pg_ctl" -D "$scratch/data" -w -o "-p $port -k '' -h 127.0.0.1" -l "$scratch/data/log" start >/dev/null

cd "$scratch/work"
PGPASSWORD=secret "$bin/psql" -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U tester postgres <<'SQL'
CREATE TYPE size AS ENUM ('small', 'large');
CREATE TABLE visits AS
  SELECT i AS id, (i * 37 % 101)::smallint AS age, (i * 7919 % 1000 / 7.0)::numeric(12, 4) AS price,
    CASE WHEN i % 9 = 0 THEN NULL ELSE i * 3000000019 END AS points,
    CASE i % 3 WHEN 0 THEN 'Oslo' WHEN 1 THEN 'Łódź' ELSE 'Rome' END AS city,
    (CASE i % 2 WHEN 0 THEN 'small' ELSE 'large' END)::size AS size, i % 5 < 2 AS member,
    timestamp '2026-01-01' + i * interval '1 hour' AS seen, ARRAY[i] AS tags, jsonb_build_object('a', i) AS extra,
    decode('00ff', 'hex') AS photo, gen_random_uuid() AS token,
    CASE WHEN i * 37 % 101 > 50 THEN 'gone' ELSE 'stays' END AS status
  FROM generate_series(1, 500) AS i;
SQL
url="jdbc:postgresql://127.0.0.1:$port/postgres?user=tester&password=secret"

fail() {
  echo "FAILED: $1" >&2
  head -n 20 err out >&2
  exit 1
}

# run STATUS ARGUMENTS…
run() {
  local expected=$1 status=0
  shift
  "$source/shallownet" "$@" >out 2>err </dev/null || status=$?
  [ "$status" -eq "$expected" ] || fail "exit status $status, not $expected, of: shallownet $*"
}

said() { grep -qF -- "$1" err out || fail "did not say: $1"; }

run 0 train --connect "$url" --query "SELECT * FROM visits ORDER BY id" --target status --ignore id --epochs 40
said "Columns: 3 numbers, 2 categories, 1 boolean, 5 left out"
said "seen    date"
said "its type JSONB can't be used"
said "Model saved to query.onnx"
! grep -q secret out err || fail "showed the password"
run 0 info query.onnx
! grep -q secret out err || fail "the model holds the password"
echo "passed: training on a table, whose types are told apart"

run 0 evaluate query.onnx --connect "$url" --query "SELECT * FROM visits" --json
grep -qE '"accuracy":(1|0\.9)' out || fail "did not learn the table"
run 0 predict query.onnx --connect "$url" --query "SELECT * FROM visits ORDER BY id DESC" --keep id,seen,member
[ "$(sed -n 2p out | cut -d, -f1-3)" = "500,2026-01-21 20:00:00,true" ] || fail "not the first row's cells"
[ "$(wc -l <out)" -eq 501 ] || fail "not 500 rows"
echo "passed: evaluating and predicting, with columns kept"

run 3 train --connect "$url" --query "SELECT * FROM nowhere" --target status
said 'the query can'\''t be read: ERROR: relation "nowhere" does not exist.'
run 3 train --connect "${url%secret}wrong" --query "SELECT * FROM visits" --target status
said "password authentication failed"
run 3 train --connect "$url" --query "DELETE FROM visits RETURNING *" --target status
said "read-only transaction"
run 3 train --connect "$url" --query "SELECT * FROM visits" --target seen
said "its type TIMESTAMP is neither a number nor a word"
echo "passed: a bad query, a wrong password, a query that changes data and a target of times are each one sentence"
