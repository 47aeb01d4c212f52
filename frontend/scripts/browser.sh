#!/bin/sh
# Installs the browser that the web app's tests drive, where it may, and says what is missing elsewhere.
node "$(dirname "$0")/node-version.cjs" 2>/dev/null || echo "The web app needs Node.js 20.9 or newer with npm. Not installed here."
command -v "${CHROMIUM:-chromium}" >/dev/null && exit 0
if test "$(id -u)" = 0 && command -v apt-get >/dev/null; then
    echo "installing for the tests: chromium"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null && exit 0
fi
echo "The web app's tests drive Chromium, in /usr/bin or where CHROMIUM says. Not installed here."
echo "Debian: sudo apt-get install chromium"
