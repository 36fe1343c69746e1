#!/bin/sh
# Makes the secret files that compose.yaml mounts, each once; what is there stays.
# The folder is closed to others on this machine; the files in it are readable, because every container reads
# its own as a user of its own.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
once() { [ -s "$1" ] || printf '%s' "$2" > "$1"; chmod 444 "$1"; }

once postgres_superuser "$(password)"
once rabbitmq_clients "$(password)"
for service in feedback registry; do
    for role in "$service" "${service}_migrate"; do
        once "postgres_$role" "$(password)"
        once "database_url_$role" "postgresql://$role:$(cat "postgres_$role")@postgres/{service}"
    done
    once "rabbitmq_$service" "$(password)"
    once "amqp_uri_$service" "amqp://$service:$(cat "rabbitmq_$service")@rabbitmq:5672/"
done
