#!/bin/sh
# Installs the servers that the tests start for themselves, where it may, and says what is missing elsewhere.
missing=
command -v redis-server >/dev/null || missing="redis-server"
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb /usr/local/pgsql/bin/initdb \
    >/dev/null 2>&1 || missing="$missing postgresql"
command -v nginx >/dev/null || test -x /usr/sbin/nginx || missing="$missing nginx"
command -v promtool >/dev/null || missing="$missing prometheus"
test -z "$missing" && exit 0
if test "$(id -u)" = 0 && command -v apt-get >/dev/null; then
    echo "installing for the tests:" $missing
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null && exit 0
fi
echo "The tests start their own Redis, PostgreSQL and Nginx, and ask promtool. Not installed here:" $missing
echo "Debian, Ubuntu: sudo apt-get install" $missing
