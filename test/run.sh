#!/bin/sh
# `npm test`: the set-up with what the tests need, then types, style and all tests.
# Arguments go to vitest: `npm test -- test/host`. Files that are named are run whole (test/extent.ts).
set -eu
[ $# -gt 0 ] || export GOLDSMITH_TESTS="${GOLDSMITH_TESTS:-parts}"
cd "$(dirname "$0")/.."

./goldsmith setup --test
read -r node <.goldsmith/program
PATH=${node%/*}:$PATH:/usr/local/sbin:/usr/sbin:/sbin
# Caches outlive a test run; a person's own images are never touched by one.
export GOLDSMITH_HOME="${GOLDSMITH_TEST_HOME-$PWD/.goldsmith/test-home}"
report=.goldsmith/test-report.json
rm -f "$report"

lint=0
node_modules/.bin/biome check --error-on-warnings || lint=$?
tests=0
node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" </dev/null || tests=$?

"$node" test/closing-line.mjs "$report" || tests=$?
[ "$lint" = 0 ] || echo 'The style check failed (see above): npm run format repairs most of it.' >&2
[ "$lint" = 0 ] && [ "$tests" = 0 ]
