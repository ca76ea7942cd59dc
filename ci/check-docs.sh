#!/usr/bin/env bash
# Checks that the Java documentation of the packages that the module exports is made without an error or a warning.
set -euo pipefail
cd "$(dirname "$0")/.."

./mvnw -q -B -ntp -Drelease -Dspotless.check.skip compile javadoc:javadoc
echo "passed: the Java documentation has no error and no warning"
