#!/usr/bin/env bash
# Checks that the CUDA sources in kernels/ are formatted as .clang-format says. (Java is checked by ./mvnw verify.)
set -euo pipefail
cd "$(dirname "$0")/.."

sources=()
if [ -d kernels ]; then
  while IFS= read -r -d '' file; do
    sources+=("$file")
  done < <(find kernels -type f \( -name '*.cu' -o -name '*.cuh' \) -print0)
fi
if [ ${#sources[@]} -eq 0 ]; then
  echo "Nothing to check: there are no CUDA sources in kernels/."
  exit 0
fi

if ! command -v clang-format >/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang-format >/dev/null
  else
    echo "Skipped: there is no clang-format here, and only root can install it."
    exit 0
  fi
fi
clang-format --dry-run --Werror "${sources[@]}"
echo "${#sources[@]} files in kernels/ are formatted."
