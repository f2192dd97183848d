#!/bin/sh
# `npm run e2e:debian`: the real Debian installer through the whole pipeline, with the time of each step.
set -eu
cd "$(dirname "$0")/.."
./goldsmith setup --test
read -r node <.goldsmith/program
exec "$node" out/test/bench/main.js debian-13
