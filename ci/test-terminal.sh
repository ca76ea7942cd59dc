#!/usr/bin/env bash
# Looks at the progress display in real terminals of 40 and 200 columns (tmux): one line while training runs, never wider than the
# terminal, nothing of it left behind, no warning of Java's. Skipped where there is no tmux.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v tmux >/dev/null || { echo "skipped: there is no tmux here"; exit 0; }
./shallownet --version >/dev/null
scratch=$(mktemp -d)
socket=$scratch/socket
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED at $columns columns: $1" >&2
  sed 's/^/  |/' "$scratch/screen" >&2
  exit 1
}
screen() { tmux -S "$socket" capture-pane -p -S - -t test >"$scratch/screen"; }

for columns in 40 200; do
  tmux -S "$socket" -f /dev/null new-session -d -s test -x "$columns" -y 50 \
    "./shallownet train examples/planar.csv --target label --epochs 3000 --patience 3000 --out '$scratch/m.onnx'; sleep 60"
  seen=0
  for _ in $(seq 600); do
    screen
    lines=$(grep -c '^epoch [0-9]*/3000 ' "$scratch/screen" || :)
    [ "$lines" -le 1 ] || fail "there are $lines lines of progress"
    seen=$((seen + lines))
    ! grep -q '^Model saved' "$scratch/screen" || break
    sleep 0.1
  done
  grep -q '^Model saved' "$scratch/screen" || fail "training did not end"
  [ "$seen" -gt 0 ] || fail "no progress was shown"
  ! grep -q '^epoch ' "$scratch/screen" || fail "the line of progress was left behind"
  ! grep -qi incubator "$scratch/screen" || fail "a warning of Java's is there"
  order=$(sed -nE 's/^(Backend|Settings|Trained|accuracy|Model).*/\1/p' "$scratch/screen" | tr '\n' ' ')
  [ "$order" = "Backend Settings Trained accuracy Model " ] || fail "the lines stand in the order: $order"
  tmux -S "$socket" kill-session -t test
  echo "passed: progress in a terminal of $columns columns ($seen looks at it)"
done

columns=100
tmux -S "$socket" -f /dev/null new-session -d -s test -x "$columns" -y 50 \
  "./shallownet train examples/planar.csv --target label --hidden 4 --epochs 100000000 --dev-fraction 0 --out '$scratch/b.onnx'; echo status \$?; sleep 60"
for _ in $(seq 600); do
  screen
  ! grep -q '^epoch [1-9]' "$scratch/screen" || break
  sleep 0.1
done
grep -q '^epoch [1-9]' "$scratch/screen" || fail "no progress was shown"
tmux -S "$socket" send-keys -t test C-c
for _ in $(seq 100); do
  screen
  ! grep -q '^status' "$scratch/screen" || break
  sleep 0.1
done
grep -q '^status 130' "$scratch/screen" || fail "Ctrl-C did not end it with 130"
grep -q 'Interrupted; the model of epoch' "$scratch/screen" && [ -s "$scratch/b.onnx" ] || fail "nothing was said or saved"
echo "passed: Ctrl-C in a terminal saves the model and says so"
