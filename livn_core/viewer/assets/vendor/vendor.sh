#!/usr/bin/env bash
# Make three.min.js anew from the npm package: ./vendor.sh [version]. Needs node and npm.
# The same versions of three and esbuild give the same file, byte for byte.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
three=${1:-0.187.0}
esbuild=0.28.2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund "three@$three" "esbuild@$esbuild"
cp "$here/entry.js" .
npx esbuild entry.js --bundle --minify --format=iife --global-name=THREE --target=es2020 \
    --legal-comments=inline --outfile="$here/three.min.js"
cp node_modules/three/LICENSE "$here/LICENSE.three"
cd "$here"
sha256sum three.min.js
