#!/bin/sh
# Writes .env from .env.example: secrets that nobody else has, and accounts required. One that is there stays.
set -eu
cd "$(dirname "$0")/.."
if test -e .env; then
    echo ".env is there already and stays as it is"
    exit 0
fi
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
while IFS= read -r line; do
    case $line in
        SAAS_JWT_SECRET= | POSTGRES_PASSWORD= | REDIS_PASSWORD= | GRAFANA_PASSWORD= | S3_SECRET_ACCESS_KEY=) printf '%s%s\n' "$line" "$(random)" ;;
        S3_ACCESS_KEY_ID=) echo S3_ACCESS_KEY_ID=deepshield ;;
        SAAS_REQUIRE_AUTH=*) echo SAAS_REQUIRE_AUTH=true ;;
        *) printf '%s\n' "$line" ;;
    esac
done <.env.example >.env.partial
mv .env.partial .env
echo ".env is written; docker compose up -d starts the service"
