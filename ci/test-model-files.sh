#!/usr/bin/env bash
# Model files in other tools: trains small models and scores one row and 100,000 with ONNX Runtime for Python, Node and the
# web and with OpenCV, which must give what `shallownet predict` gives, to 1e-5; reads our files back after other tools
# rewrote them, and NumPy's archives. A tool that can't be installed is skipped with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=target/model-files
rm -rf "$folder/work"
mkdir -p "$folder/work"
checks=0

skip() {
  echo "SKIPPED: $1"
}

command -v python3 >/dev/null || {
  skip "all of it: there is no python3"
  exit 0
}

work=$folder/work
python3 ci/model-files.py tables "$work"
names="numbers gaps mixed price"
for name in $names; do
  ./shallownet train "$work/$name.csv" --target y --hidden 8 --epochs 20 --seed 3 --quiet --out "$work/$name.onnx" \
    >"$work/$name.log" 2>&1
  for rows in one many few; do
    ./shallownet predict "$work/$name.onnx" "$work/$name-$rows.csv" --probabilities --out "$work/$name-$rows.out" \
      2>>"$work/$name.log"
  done
done
# What train makes without options: an ensemble, behind the same preprocessing.
for name in $names; do
  ./shallownet train "$work/$name.csv" --target y --time 5s --quiet --out "$work/$name-ensemble.onnx" >"$work/$name.log" 2>&1
  for rows in one many; do
    ./shallownet predict "$work/$name-ensemble.onnx" "$work/$name-$rows.csv" --probabilities \
      --out "$work/$name-ensemble-$rows.out" 2>>"$work/$name.log"
  done
done
./shallownet train "$work/numbers.csv" --target y --hidden 8 --epochs 20 --seed 3 --quiet --onnx probabilities \
  --out "$work/numbers-alone.onnx" >"$work/alone.log" 2>&1

venv=$folder/venv
python=$venv/bin/python
[ -x "$python" ] || python3 -m venv "$venv" || skip "ONNX Runtime for Python and OpenCV: python3 has no venv"

# Installs Python packages; false, with the reason, where that fails.
install() {
  "$python" -c "import $1" 2>/dev/null && return
  "$python" -m pip install --quiet --disable-pip-version-check --retries 0 --timeout 60 "${@:2}" >"$work/pip.log" 2>&1 || {
    skip "${*:2}: $(grep -m 1 '^ERROR' "$work/pip.log" || echo 'pip failed')"
    return 1
  }
}

if [ -x "$python" ] && install "onnxruntime, onnx, numpy" onnxruntime onnx numpy; then
  for name in $names; do
    for rows in one many; do
      for kind in "" -ensemble; do
        "$python" ci/model-files.py score "$work/$name$kind.onnx" "$work/$name-$rows.csv" "$work/$name$kind-$rows.out"
        checks=$((checks + 1))
      done
    done
  done
  for name in numbers mixed; do
    mkdir "$work/$name"
    "$python" ci/model-files.py rewrite "$work/$name.onnx" "$work/$name"
    for rewritten in annotated opset-21 external listed optimized-basic optimized-extended; do
      ./shallownet predict "$work/$name/$rewritten.onnx" "$work/$name-few.csv" --probabilities --out "$work/few.out" \
        2>>"$work/$name.log"
      cmp "$work/few.out" "$work/$name-few.out"
      checks=$((checks + 1))
    done
    status=0
    ./shallownet predict "$work/$name/damaged.onnx" "$work/$name-few.csv" >"$work/damaged.log" 2>&1 || status=$?
    if [ "$status" -ne 3 ] || ! grep -q 'is damaged: its checksum does not match' "$work/damaged.log"; then
      echo "A model with a changed weight was not refused as damaged:" >&2
      cat "$work/damaged.log" >&2
      exit 1
    fi
    checks=$((checks + 1))
  done
  echo "  $((checks - 16)) rewritten files were read or refused rightly"
  "$python" ci/model-files.py archives "$work"
  for archive in plain compressed; do
    ./shallownet train "$work/$archive.npz" --target y --epochs 5 --quiet --out "$work/$archive.onnx" >"$work/$archive.log" 2>&1 ||
      { cat "$work/$archive.log" >&2; exit 1; }
    checks=$((checks + 1))
  done
fi

if [ -x "$python" ] && install "cv2, numpy" opencv-python-headless numpy; then
  for rows in one many; do
    "$python" ci/model-files.py opencv "$work/numbers-alone.onnx" "$work/numbers-$rows.csv" "$work/numbers-$rows.out"
    checks=$((checks + 1))
  done
fi

triples=()
for name in $names; do
  for rows in one many; do
    for kind in "" -ensemble; do
      triples+=("$work/$name$kind.onnx" "$work/$name-$rows.csv" "$work/$name$kind-$rows.out")
    done
  done
done
modules=$PWD/$folder/node
mkdir -p "$modules"
for runtime in onnxruntime-node onnxruntime-web; do
  if ! command -v npm >/dev/null; then
    skip "$runtime: there is no npm"
  elif [ ! -d "$modules/node_modules/$runtime" ] &&
    # The package for Node comes with the CPU's library; its script would fetch the one for CUDA.
    ! ONNXRUNTIME_NODE_INSTALL=skip npm install --silent --no-audit --no-fund --prefix "$modules" "$runtime" \
      >"$work/npm.log" 2>&1; then
    skip "$runtime: npm failed: $(tail -n 1 "$work/npm.log")"
  else
    node ci/model-files.mjs "$modules" "$runtime" "${triples[@]}"
    checks=$((checks + ${#triples[@]} / 3))
  fi
done
echo "$checks checks of model files in other tools passed."
