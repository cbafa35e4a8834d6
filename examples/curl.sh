#!/bin/sh
# The whole way with curl alone: sign in, send, break off, go on from there, wait for an answer.
#
#   npm ci && npm start                                   # in one terminal
#   sh examples/curl.sh                                   # in another, as a demo user
#   TOKEN=eyJ… sh examples/curl.sh https://chat.example.org
#
# Real clients read JSON with a parser (jq -r .id); sed does here, where only ids are taken out of it.
set -eu

URL=${1:-http://127.0.0.1:3000}
field() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
say() { printf '\n## %s\n' "$1"; }

TOKEN=${TOKEN:-$(curl -fsS -X POST "$URL/api/auth/demo" | field accessToken)}

# The token goes to curl by a file that only you can read: arguments show among the processes.
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$TOKEN" > "$WORK/headers"
call() { curl -fsS -K "$WORK/headers" "$@"; }

say 'A conversation'
ID=$(call "$URL/api/conversations" -d '{"title":"A cold"}' | sed 's/^{"id":"\([^"]*\)".*/\1/')
MESSAGES=$URL/api/conversations/$ID/messages
echo "$ID"

say 'Send, and read the answer in the same response: the beginning of it, then the connection breaks'
# head takes some lines and goes, so curl's next write fails.
call -N "$MESSAGES" -H 'Accept: text/event-stream' -H 'Idempotency-Key: cold-1' \
    -d '{"text":"What helps against a cold?"}' 2>/dev/null | head -n 15 > "$WORK/first" || true
cat "$WORK/first"

say 'Go on after the last event that came whole; an empty line ends each'
LAST=$(awk '/^id: /{id=$2} /^$/{if (id) last=id} END{print last}' "$WORK/first")
echo "Last-Event-ID: $LAST"
# 204, without a body, when nothing follows.
call -N "$URL/api/conversations/$ID/stream?until=done" -H "Last-Event-ID: $LAST" > "$WORK/rest"
cat "$WORK/rest"

say 'The pieces of both, joined: what was read before the break and what came after it'
awk '/^id: /{id=$2} /^data: /{data=substr($0, 7)} /^$/{if (data) print data; data=""}' "$WORK/first" "$WORK/rest" |
    sed -n 's/.*"type":"chunk".*"data":"\(.*\)"}$/\1/p' | tr -d '\n' | sed 's/\\"/"/g' > "$WORK/text"
printf '%b\n' "$(cat "$WORK/text")"

say 'The same message again: nothing new is made, "duplicate" is true'
call "$MESSAGES" -H 'Idempotency-Key: cold-1' -d '{"text":"What helps against a cold?"}' |
    sed 's/.*\("duplicate":[a-z]*\).*/\1/'

say 'Send, and wait; a wait that is over before the answer is 202, and the same call waits on'
while :; do
    STATUS=$(call "$MESSAGES/chat" -H 'Idempotency-Key: cough-1' -H 'Prefer: wait=1' \
        -d '{"text":"And against a cough?"}' -o "$WORK/chat" -w '%{http_code}')
    [ "$STATUS" = 202 ] || break
    echo 'not yet'
done
cat "$WORK/chat"
echo
