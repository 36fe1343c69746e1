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
once postgres_feedback_migrate "$(password)"
once postgres_feedback "$(password)"
once rabbitmq_feedback "$(password)"
once rabbitmq_clients "$(password)"
once database_url_feedback_migrate "postgresql://feedback_migrate:$(cat postgres_feedback_migrate)@postgres/{service}"
once database_url_feedback "postgresql://feedback:$(cat postgres_feedback)@postgres/{service}"
once amqp_uri_feedback "amqp://feedback:$(cat rabbitmq_feedback)@rabbitmq:5672/"
