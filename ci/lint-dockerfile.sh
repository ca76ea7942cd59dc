#!/usr/bin/env bash
# Lints ci/release/Dockerfile: by dockerfile-utils, which npm brings, and by hadolint where it is on the PATH or HADOLINT names
# it. A linter that is not here is skipped with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

dockerfile=ci/release/Dockerfile
package=dockerfile-utils@0.16.3

skip() {
  echo "SKIPPED: the Dockerfile by $1: $2"
}

fail() {
  echo "FAILED: $1" >&2
  exit 1
}

hadolint=${HADOLINT:-$(command -v hadolint || :)}
if [ -n "$hadolint" ]; then
  "$hadolint" "$dockerfile" || fail "hadolint objects to the Dockerfile"
  echo "passed: the Dockerfile by $("$hadolint" --version)"
else
  skip hadolint "there is none on the PATH"
fi

modules=$PWD/target/lint-dockerfile
mkdir -p "$modules"
if ! command -v npm >/dev/null; then
  skip "$package" "there is no npm"
elif ! npm install --loglevel error --no-audit --no-fund --prefix "$modules" "$package" >"$modules/npm.log" 2>&1; then
  skip "$package" "npm failed: $(grep -m 1 . "$modules/npm.log")"
else
  # Its exit status tells of errors alone, not of warnings.
  lint() { "$modules/node_modules/.bin/dockerfile-utils" lint "$1" >"$modules/lint.log" 2>&1 && [ ! -s "$modules/lint.log" ]; }
  lint "$dockerfile" || {
    cat "$modules/lint.log" >&2
    fail "dockerfile-utils objects to the Dockerfile"
  }
  # A linter that objects to nothing would say as much of any file.
  sed 's/^ENTRYPOINT/ENTRY/' "$dockerfile" >"$modules/unknown"
  sed '/^ENTRYPOINT/p' "$dockerfile" >"$modules/twice"
  for objection in unknown twice; do
    ! lint "$modules/$objection" || fail "dockerfile-utils does not object to an instruction that is $objection"
    grep -q "ENTRY" "$modules/lint.log" || fail "dockerfile-utils does not name an instruction that is $objection"
  done
  echo "passed: the Dockerfile by $package"
fi
