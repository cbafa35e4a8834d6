#!/bin/sh
# Everything with curl alone: sign in, send, lose the connection, continue, wait for an answer.
#
#   npm ci && npm start                                   # in one terminal
#   sh examples/curl.sh                                   # in another, as a demo user
#   TOKEN=eyJ… sh examples/curl.sh https://chat.example.org
#
# A real client uses a JSON parser (jq -r .id). This script only needs ids, so sed is enough.
set -eu

URL=${1:-http://127.0.0.1:3000}
field() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
say() { printf '\n## %s\n' "$1"; }

TOKEN=${TOKEN:-$(curl -fsS -X POST "$URL/api/auth/demo" | field accessToken)}

# curl reads the token from a file that only you can read: other users can see the arguments of a process.
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$TOKEN" > "$WORK/headers"
call() { curl -fsS -K "$WORK/headers" "$@"; }

say 'A conversation'
ID=$(call "$URL/api/conversations" -d '{"title":"A cold"}' | sed 's/^{"id":"\([^"]*\)".*/\1/')
MESSAGES=$URL/api/conversations/$ID/messages
echo "$ID"

say 'Send, and read the start of the answer in the same response; then the connection breaks'
# head ends after some lines, so curl's next write fails.
call -N "$MESSAGES" -H 'Accept: text/event-stream' -H 'Idempotency-Key: cold-1' \
    -d '{"text":"What helps against a cold?"}' 2>/dev/null | head -n 15 > "$WORK/first" || true
cat "$WORK/first"

say 'Continue after the last complete event; an empty line ends an event'
LAST=$(awk '/^id: /{id=$2} /^$/{if (id) last=id} END{print last}' "$WORK/first")
echo "Last-Event-ID: $LAST"
# 204, without a body, when nothing follows.
call -N "$URL/api/conversations/$ID/stream?until=done" -H "Last-Event-ID: $LAST" > "$WORK/rest"
cat "$WORK/rest"

say 'The chunks from before and after the break, joined'
awk '/^id: /{id=$2} /^data: /{data=substr($0, 7)} /^$/{if (data) print data; data=""}' "$WORK/first" "$WORK/rest" |
    sed -n 's/.*"type":"chunk".*"data":"\(.*\)"}$/\1/p' | tr -d '\n' | sed 's/\\"/"/g' > "$WORK/text"
printf '%b\n' "$(cat "$WORK/text")"

say 'The same message again: it is not stored twice, "duplicate" is true'
call "$MESSAGES" -H 'Idempotency-Key: cold-1' -d '{"text":"What helps against a cold?"}' |
    sed 's/.*\("duplicate":[a-z]*\).*/\1/'

say 'Send, and wait. A response with 202 comes before the answer has ended; the same call waits again'
while :; do
    STATUS=$(call "$MESSAGES/chat" -H 'Idempotency-Key: cough-1' -H 'Prefer: wait=1' \
        -d '{"text":"And against a cough?"}' -o "$WORK/chat" -w '%{http_code}')
    [ "$STATUS" = 202 ] || break
    echo 'not yet'
done
cat "$WORK/chat"
echo
