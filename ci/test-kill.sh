#!/usr/bin/env bash
# Kills train, of one network and of an ensemble, and compare, by a dev set and by folds, at random moments, as a power cut
# would: ci/test-kill.sh [KILLS [RESUMES]], 20 and 0 without; it goes on until there were so many kills, and so many trainings
# that went on from a checkpoint have ended. After every kill the checkpoint is whole or not there yet, and so is the model;
# what is resumed is killed again, and again, until it ends: with the same file, to the byte, as a training that nobody broke off.
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-20}
resumes=${2:-0}

if [ -n "${SHALLOWNET_TEST_CLASS_PATH:-}" ]; then
  shallownet() { exec java -XX:TieredStopAtLevel=1 -cp "$SHALLOWNET_TEST_CLASS_PATH" org.shallownet.cli.Main "$@"; }
else
  # The launcher becomes Java, which is what is to be killed.
  ./shallownet --version >/dev/null
  shallownet() { exec ./shallownet "$@"; }
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
data=$PWD/examples/planar.csv
[ -f "$data" ] || { echo "there is no $data" >&2; exit 1; }

fail() {
  echo "FAILED: $1" >&2
  sed 's/^/  stderr: /' "$scratch/err" >&2 || :
  exit 1
}

# How long a whole run takes is about how far kills are spread.
sleep_randomly() {
  sleep "$(awk -v r="$RANDOM" -v most="$1" 'BEGIN { printf "%.3f", 0.2 + r / 32768 * most }')"
}

train="train $data --target label --hidden 16 --batch-size 8 --epochs 500 --patience 500"
ensemble="train $data --target label"
compare="compare $data --target label --hidden 4,12 --activations tanh,relu --seeds 2 --batch-size 8 --epochs 150 --patience 150"
folds="compare $data --target label --hidden 4 --activations tanh,relu --folds 3 --ensemble --batch-size 8 --epochs 100 --patience 100"
# So few of one round that all commands have their turn.
most_of_round=$((kills / 4))
[ "$most_of_round" -le 4 ] || most_of_round=4
[ "$most_of_round" -ge 1 ] || most_of_round=1
total=0
resumed=0
round=0
while [ "$total" -lt "$kills" ] || [ "$resumed" -lt "$resumes" ]; do
  round=$((round + 1))
  case $((round % 4)) in
    1) command=$train ;;
    2) command=$compare ;;
    3) command=$ensemble ;;
    0) command=$folds ;;
  esac
  seed=$round
  folder=$scratch/$round
  mkdir "$folder"
  started=$(date +%s%N)
  # shellcheck disable=SC2086
  (shallownet $command --seed "$seed" --quiet --checkpoint none --out "$folder/whole.onnx") >/dev/null 2>"$scratch/err" ||
    fail "the run that nobody breaks off: $command --seed $seed"
  most=$(awk -v ns=$(($(date +%s%N) - started)) 'BEGIN { printf "%.3f", ns / 1e9 }')
  resume=
  of_round=0
  while :; do
    # shellcheck disable=SC2086
    (shallownet $command --seed "$seed" --quiet --checkpoint "$folder/m.checkpoint" --checkpoint-every 1 --out "$folder/m.onnx" $resume) \
      >/dev/null 2>"$scratch/err" &
    process=$!
    if { [ "$total" -lt "$kills" ] || [ "$resumed" -lt "$resumes" ]; } && [ "$of_round" -lt "$most_of_round" ]; then
      sleep_randomly "$most"
      kill -9 "$process" 2>/dev/null || :
    fi
    status=0
    wait "$process" 2>/dev/null || status=$?
    if [ "$status" -eq 0 ]; then break; fi
    [ "$status" -eq 137 ] || fail "exit status $status of: $command $resume"
    total=$((total + 1))
    of_round=$((of_round + 1))
    if [ -f "$folder/m.onnx" ]; then
      cmp -s "$folder/m.onnx" "$folder/whole.onnx" || fail "a model that is not whole, after kill $total"
    fi
    resume=
    if [ -f "$folder/m.checkpoint" ]; then resume="--resume $folder/m.checkpoint"; fi
  done
  cmp "$folder/m.onnx" "$folder/whole.onnx" || fail "another model than that of an unbroken run, after kill $total"
  [ ! -f "$folder/m.checkpoint" ] || fail "the checkpoint was left behind"
  left=$(find "$folder" -name '.shallownet-*' -mmin +1 | wc -l)
  [ "$left" -eq 0 ] || fail "$left temporary files were left behind"
  # One that left no checkpoint when it was killed last has only begun again.
  [ -z "$resume" ] || resumed=$((resumed + 1))
  rm -rf "$folder"
done
echo "$total kills; $resumed trainings, ensembles and comparisons that went on from a checkpoint ended with the bits of unbroken ones."
