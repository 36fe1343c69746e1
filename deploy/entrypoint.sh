#!/bin/sh
# An address with a password stands in a file, never in the environment that `docker inspect` shows:
# each ZHITONGCHE_…_FILE below names the file of the setting without _FILE.
set -eu
for name in ZHITONGCHE_DATABASE_URL ZHITONGCHE_AMQP_URI; do
    eval "file=\${${name}_FILE:-}"
    if [ -n "$file" ]; then
        value=$(cat "$file")
        export "$name=$value"
    fi
done
exec "$@"
