#!/usr/bin/env bash
# Shows that the build is reproducible: builds what a release publishes twice, in folders of different names, and compares the
# bytes of the jars and of the list of what is in them. Takes two minutes, so it is no part of CI.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for name in one "another one"; do
  mkdir "$scratch/$name"
  git ls-files -z | xargs -0 cp --parents -t "$scratch/$name"
  (cd "$scratch/$name" && ./mvnw -q -B -ntp -Drelease -Dlauncher -Dgit.commit=0 package)
done
cd "$scratch"
files=(shallownet.jar shallownet-sources.jar shallownet-javadoc.jar shallownet-bom.json shallownet-bom.xml)
for file in "${files[@]}"; do
  cmp "one/target/$file" "another one/target/$file"
  sha256sum "one/target/$file" | sed 's: one/target/: :'
done
echo "passed: built twice, ${#files[@]} files are the same to the byte"
