#!/bin/sh
# The main job on a real registry, in a temporary directory. Each command is shown before it runs; none carries a secret.
set -eu

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
unset SECRETCTL_REGISTRY SECRETCTL_SETTINGS

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi

say() { printf '\n# %s\n' "$*"; }

show() { # show STATUS 'COMMAND': prints it, runs it, and holds its exit status
    expected=$1
    printf '%s$ %s%s\n' "$bold" "$2" "$plain"
    status=0
    sh -c "$2" || status=$?
    [ "$status" -eq 0 ] || echo "(status $status)"
    [ "$status" -eq "$expected" ] || { echo "demo: status $expected was expected" >&2; exit 1; }
}

say 'A registry: one TOML file, to be kept in git.'
show 0 'secretctl init --name shop --issuer https://id.example.com'

say 'A client, which asks for tokens, and an API, which asks whether they are valid.'
show 0 'secretctl client add web --name "Web shop" --owner team-shop@example.com --scope orders'
show 0 'secretctl resource add orders --display-name "Orders API"'

say 'Each gets a secret. The plaintext is delivered once, here into files that only you can read; the registry keeps a hash.'
show 0 'secretctl secret add client/web --expires 90d --out web.secret'
show 0 'secretctl secret add resource/orders --expires 1y --out orders.secret'

say 'The Authorization header for the client, in a request as a server would receive it.'
{
    printf 'POST /connect/token HTTP/1.1\nHost: id.example.com\n'
    secretctl header client/web --secret-file web.secret
    printf 'Content-Type: application/x-www-form-urlencoded\nContent-Length: 29\n\ngrant_type=client_credentials'
} >request.http
show 0 'secretctl header client/web --secret-file web.secret'
show 0 'secretctl verify --request request.http'

say 'A credential that fails, and why: somebody sent the secret with white space around it.'
{ printf ' '; cat web.secret; } >spoilt.secret
show 1 'secretctl verify client/web --secret-file spoilt.secret --explain'

say 'Rotation without an outage: a new secret now, the old one ends by itself when the overlap is over.'
show 0 'secretctl rotate client/web --overlap 7d --expires 90d --out web.new'
show 0 'secretctl verify client/web --secret-file web.secret'
show 0 'secretctl verify client/web --secret-file web.new'
show 0 'secretctl secret list client/web'

say 'Does anything expire? Today, and as it would be in 85 days.'
show 0 'secretctl check'
show 2 'secretctl check --at 85d'

say 'What git sees.'
show 0 'cat secretctl.toml'
