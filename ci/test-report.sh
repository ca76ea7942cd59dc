#!/usr/bin/env bash
# Pages of --report in headless Chromium, at widths 400 and 1,600, light and dark, and as printed; and event files of
# --tensorboard by TensorBoard's own reader, which must hold what --history holds, also of a training that went on from a
# checkpoint when epochs after it had been written. What can't be had here is skipped with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/report
rm -rf "$work"
mkdir -p "$work"

skip() {
  echo "SKIPPED: $1"
}

network="--hidden 8 --epochs 30 --quiet"
# shellcheck disable=SC2086 # words
{
  ./shallownet train examples/planar.csv --target label $network --out "$work/planar.onnx" --report "$work/train.html" \
    --tensorboard "$work/events" --history "$work/history.csv"
  ./shallownet evaluate "$work/planar.onnx" examples/planar.csv --report "$work/evaluate.html"
  ./shallownet cross-validate examples/customers.csv --target age --drop-unlabelled --folds 3 $network --report "$work/cross-validate.html"
  ./shallownet train examples/planar.csv --target label --quiet --out "$work/ensemble.onnx" --report "$work/ensemble.html"
  ./shallownet explain "$work/ensemble.onnx" examples/planar.csv --report "$work/explain.html"
  ./shallownet compare examples/planar.csv --target label --hidden none,4 --epochs 20 --seeds 2 --quiet \
    --out "$work/best.onnx" --report "$work/compare.html"
} >"$work/log" 2>&1 || {
  cat "$work/log"
  exit 1
}

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
  skip "pages in a browser: there is no chromium"
elif ! command -v node >/dev/null; then
  skip "pages in a browser: there is no node"
else
  node ci/report-pages.mjs "$chromium" "$work" "$work"/*.html
fi

venv=target/report-venv
if ! command -v python3 >/dev/null; then
  skip "TensorBoard: there is no python3"
elif ! { [ -x "$venv/bin/python" ] || python3 -m venv "$venv"; } >"$work/venv.log" 2>&1; then
  skip "TensorBoard: python3 has no venv"
elif ! "$venv/bin/python" -c "import tensorboard" 2>/dev/null &&
  ! timeout 60 "$venv/bin/python" -m pip install -q tensorboard==2.21.0 >"$work/venv.log" 2>&1; then
  skip "TensorBoard: pip can't install it: $(grep -i error "$work/venv.log" | tail -1)"
else
  "$venv/bin/python" ci/read-events.py "$work/events" "$work/history.csv"

  # A checkpoint is kept of a training that goes on to its end: its later epochs are there from before when it is gone on from.
  again=(train examples/planar.csv --target label --hidden 8 --batch-size 40 --epochs 2000 --patience 2000 --quiet
    --out "$work/again.onnx" --tensorboard "$work/again" --history "$work/again.csv" --checkpoint-every 5)
  ./shallownet "${again[@]}" --checkpoint "$work/again.checkpoint" >"$work/log" 2>&1 &
  whole=$!
  until cp "$work/again.checkpoint" "$work/kept.checkpoint" 2>/dev/null; do
    if ! kill -0 "$whole" 2>/dev/null; then
      echo "FAILED: the training wrote no checkpoint" >&2
      cat "$work/log" >&2
      exit 1
    fi
  done
  { wait "$whole" && ./shallownet "${again[@]}" --resume "$work/kept.checkpoint" >>"$work/log" 2>&1; } || {
    cat "$work/log"
    exit 1
  }
  "$venv/bin/python" ci/read-events.py "$work/again" "$work/again.csv"
fi
