#!/usr/bin/env bash
# Sends requests of every kind to a running api, and tells answers that were not expected.
#
#   ./load.sh [RPS=20] [URL=http://127.0.0.1:8000] [--duration SECONDS]
#
# Ends after that time or with Ctrl+C, with a table of endpoints, statuses and latencies.
# Exits with 1 if an answer was not one of those expected for its request, and shows the first.
# At 20 requests per second and above, each line of the table of kinds below is sent at least
# once in 10 seconds. Needs bash 5, curl 7.88 and awk.
set -euo pipefail
export LC_ALL=C

# kind, how often per round, method, endpoint, expected statuses; a first `cancel` is answered by 409
# where a worker was faster
readonly KINDS='
home            3 GET    /                       200
health          3 GET    /health                 200
items           7 GET    /api/items              200
items_page      3 GET    /api/items              200
items_next      3 GET    /api/items              200
item           12 GET    /api/items/{id}         200
item_unknown    2 GET    /api/items/{id}         404
item_negative   1 GET    /api/items/{id}         400
item_word       1 GET    /api/items/{id}         400
create          5 POST   /api/items              201
create_blank    1 POST   /api/items              422
create_broken   1 POST   /api/items              400
create_huge     1 POST   /api/items              413
replace         3 PUT    /api/items/{id}         200
replace_unknown 1 PUT    /api/items/{id}         404
change          3 PATCH  /api/items/{id}         200
change_unknown  1 PATCH  /api/items/{id}         404
remove          5 DELETE /api/items/{id}         204
remove_unknown  1 DELETE /api/items/{id}         404
items_delete    1 DELETE /api/items              405
order           6 POST   /api/orders             201
order_repeat    1 POST   /api/orders             201
order_reuse     1 POST   /api/orders             422
order_scarce    2 POST   /api/orders             409
orders          4 GET    /api/orders             200
order_show      6 GET    /api/orders/{id}        200
order_unknown   1 GET    /api/orders/{id}        404
order_events    3 GET    /api/orders/{id}/events 200
order_wait      1 GET    /api/orders/{id}/events 200
events_unknown  1 GET    /api/orders/{id}/events 404
cancel          6 DELETE /api/orders/{id}        204|409
cancel_again    1 DELETE /api/orders/{id}        409
cancel_unknown  1 DELETE /api/orders/{id}        404
slow            2 GET    /api/slow               200
very_slow       1 GET    /api/very-slow          200
cpu             2 GET    /api/cpu                200
bad_request     1 GET    /api/bad-request        400
server_error    1 GET    /api/server-error       500
exception       1 GET    /api/exception          500
random          3 GET    /api/random             200|400|500
no_such_page    1 GET    (no-such-page)          404
'

# Stock of the items that are ordered; each replacement or change restores it.
readonly STOCK=100000
readonly UNKNOWN=999999999
# curl processes at a time; slow requests of a second share one, so that a third of it is usual.
readonly MOST_ALIVE=32
# Seconds that answers under way get at the end; the slowest endpoint takes 8.
readonly LAST_ANSWERS=15

declare -A method endpoint expected
deck=() round=()
declare -A cells=()                  # "kind status microseconds" → count
declare -A answered=()               # kinds
declare -A batch_size=() batch_of=() # by pid of curl
stable=() scarce=() spare=()         # ids of items
orders=()                            # "id item quantity key"
cancelled=()                         # ids of orders
cursor=''
known=''                             # "order seq" of an event that was told
patient=()                           # slow requests that wait for this second's process
config='' config_size=0 batch=0 keys=0 added=0
answers=0 failures=0 first_failure='' elapsed=0 rate=0 withheld=0
stopping=0

main() {
  arguments "$@"
  requirements
  work=$(mktemp -d)
  trap finish EXIT
  trap 'stopping=$((stopping + 1))' INT TERM
  printf '{"name":"%01150000d"}' 0 >"$work/huge"
  load_kinds
  prepare
  run
  last_answers
  if ((answers)); then
    table
  fi
  tidy
  verdict
}

usage() {
  echo 'usage: ./load.sh [RPS=20] [URL=http://127.0.0.1:8000] [--duration SECONDS]'
}

fail() {
  echo "load.sh: $*" >&2
  exit 1
}

arguments() {
  local positional=()
  rps=20 url=http://127.0.0.1:8000 duration=
  while (($#)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --duration) duration=${2-} && shift ;;
      --duration=*) duration=${1#*=} ;;
      -*) fail "no such option: $1; $(usage)" ;;
      *) positional+=("$1") ;;
    esac
    shift || fail "--duration needs a number of seconds"
  done
  ((${#positional[@]} <= 2)) || fail "too many arguments; $(usage)"
  rps=${positional[0]-$rps} url=${positional[1]-$url}
  url=${url%/}
  [[ $rps =~ ^[1-9][0-9]{0,3}$ ]] || fail "RPS must be a whole number from 1 to 9999, not $rps"
  [[ $url =~ ^https?://[^/\"\\[:space:]]+ ]] || fail "URL must be like http://127.0.0.1:8000, not $url"
  [[ -z $duration || $duration =~ ^[1-9][0-9]{0,6}$ ]] ||
    fail "--duration must be a whole number of seconds, not $duration"
}

requirements() {
  ((BASH_VERSINFO[0] >= 5)) || fail "needs bash 5 or newer, this is $BASH_VERSION"
  command -v awk >/dev/null || fail 'needs awk, which is not installed'
  command -v curl >/dev/null || fail 'needs curl 7.88 or newer, which is not installed'
  local version
  version=$(curl --disable --version)
  [[ $version =~ ^curl\ ([0-9]+)\.([0-9]+) ]] || fail 'cannot read the version of curl'
  ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] >= 7088)) ||
    fail "needs curl 7.88 or newer, this is ${BASH_REMATCH[1]}.${BASH_REMATCH[2]}"
}

load_kinds() {
  local kind weight verb path statuses
  while read -r kind weight verb path statuses; do
    [[ $kind ]] || continue
    method[$kind]=$verb endpoint[$kind]=$path expected[$kind]=$statuses
    for ((; weight; weight--)); do
      deck+=("$kind")
    done
  done <<<"$KINDS"
}

# Creates what later requests are about, and finds out whether that is possible here.
prepare() {
  local role
  echo "load.sh: $rps requests/s to $url${duration:+ for $duration s}; Ctrl+C ends it"
  request health
  request bad_request
  together
  if [[ $first_failure == *'got: 000'* ]]; then
    fail "nothing answers at $url: start it with \`just up\` (${first_failure##*000 })"
  fi
  if [[ ${cells["bad_request 404"]+seen} ]]; then
    fail "$url has no fault endpoints: start it with QUARTET_DEMO=on, as \`just up\` does"
  fi
  for role in stable stable stable stable stable scarce spare spare spare; do
    request create "$role"
  done
  together
  if ((${#stable[@]} == 0 || ${#scarce[@]} == 0)); then
    verdict
  fi
  request order
  request order
  request order
  request items_page
  together
}

# Sends what was requested and waits for the answers.
together() {
  send
  while ((${#batch_of[@]} && stopping < 2)); do
    sleep 0.05
    reap
  done
}

run() {
  local tick=250000 begun next second=-1 due sent=0 count now shown=$answers before=$added
  if ((rps < 40)); then
    tick=500000
  fi
  begun=${EPOCHREALTIME/./} next=$begun
  while ((!stopping)); do
    now=${EPOCHREALTIME/./}
    if [[ $duration ]] && ((now - begun >= duration * 1000000)); then
      break
    fi
    reap
    due=$(((now - begun + tick) * rps / 1000000))
    count=$((due - sent))
    # What could not be sent for more than a second is not made up for.
    count=$((count > rps ? rps : count))
    sent=$due
    if ((${#batch_of[@]} > MOST_ALIVE - 3)); then
      withheld=$((withheld + count)) count=0
    fi
    for (( ; count > 0; count--)); do
      draw
    done
    if (((now - begun) / 1000000 != second)); then
      second=$(((now - begun) / 1000000))
      live "$second" "$((answers - shown))"
      shown=$answers
      send
      send_patient
    fi
    send
    next=$((next + tick))
    now=${EPOCHREALTIME/./}
    if ((next > now)); then
      pause $((next - now))
    else
      next=$now
    fi
  done
  elapsed=$((${EPOCHREALTIME/./} - begun + 1))
  rate=$(((added - before + ${#patient[@]}) * 1000000 / elapsed))
}

pause() {
  local seconds
  printf -v seconds '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
  sleep "$seconds" || true # ended by Ctrl+C
}

# Takes the next kind of a round in which each has its share, in a new order each time.
draw() {
  local kind last other
  if ((${#round[@]} == 0)); then
    round=("${deck[@]}")
  fi
  last=$((${#round[@]} - 1)) other=$((RANDOM % ${#round[@]}))
  kind=${round[other]}
  round[other]=${round[last]}
  unset 'round[last]'
  case $kind in
    slow | very_slow | random | order_wait) patient+=("$kind") ;;
    *) request "$kind" ;;
  esac
}

send_patient() {
  local kind
  for kind in ${patient[@]+"${patient[@]}"}; do
    request "$kind"
  done
  patient=()
  send
}

# Adds a request to the next process. What it needs and is not there yet, it asks for instead.
request() {
  local kind=$1 role=${2-spare} id item quantity key entry
  case $kind in
    items_next) [[ $cursor ]] || kind=items_page ;;
    create) if [[ $role == spare ]] && ((${#spare[@]} > 100)); then kind=remove; fi ;;
    remove) if ((${#spare[@]} == 0)); then kind=create; fi ;;
    order) if ((${#orders[@]} > 200)); then kind=cancel; fi ;;
    cancel_again) if ((${#cancelled[@]} == 0)); then kind=cancel; fi ;;
    order_wait) [[ $known ]] || kind=order_events ;;
  esac
  case $kind in
    order_repeat | order_reuse | order_show | order_events | cancel) if ((${#orders[@]} == 0)); then kind=order; fi ;;
  esac
  case $kind in
    home) add / ;;
    health | slow | very_slow | bad_request | server_error | exception | random) add "${endpoint[$kind]}" ;;
    cpu) add '/api/cpu?ms=20' ;;
    no_such_page) add "/no-such-page/$RANDOM" ;;
    items | orders) add "${endpoint[$kind]}" ;;
    items_page) add '/api/items?limit=5' ;;
    items_next) add "/api/items?limit=5&cursor=$cursor" ;;
    items_delete) add /api/items ;;
    item) pick stable && add "/api/items/$picked" ;;
    item_unknown | remove_unknown) add "/api/items/$UNKNOWN" ;;
    item_negative) add /api/items/-1 ;;
    item_word) add /api/items/seven ;;
    create)
      quantity=$STOCK
      [[ $role != scarce ]] || quantity=1
      add /api/items "$role" "{\"name\":\"Load item $RANDOM\",\"price_cents\":$((RANDOM % 9000 + 100)),\"stock\":$quantity}"
      ;;
    create_blank) add /api/items '' '{"name":"   ","price_cents":100,"stock":1}' ;;
    create_broken) add /api/items '' '{"name":' ;;
    create_huge) add /api/items '' "@$work/huge" ;;
    replace)
      pick stable
      add "/api/items/$picked" '' "{\"name\":\"Load item $RANDOM\",\"price_cents\":$((RANDOM % 9000 + 100)),\"stock\":$STOCK}"
      ;;
    replace_unknown) add "/api/items/$UNKNOWN" '' '{"name":"Nobody","price_cents":100,"stock":1}' ;;
    change) pick stable && add "/api/items/$picked" '' "{\"stock\":$STOCK}" ;;
    change_unknown) add "/api/items/$UNKNOWN" '' '{"stock":1}' ;;
    remove)
      id=${spare[0]}
      spare=("${spare[@]:1}")
      add "/api/items/$id"
      ;;
    order)
      pick stable
      quantity=$((RANDOM % 3 + 1)) keys=$((keys + 1)) key="load-$$-${EPOCHREALTIME/./}-$keys"
      add_order "$picked $quantity $key" "$picked" "$quantity" "$key"
      ;;
    order_repeat)
      pick orders
      read -r id item quantity key <<<"$picked"
      add_order "$id" "$item" "$quantity" "$key"
      ;;
    order_reuse)
      pick orders
      read -r id item quantity key <<<"$picked"
      add_order "$id" "$item" $((quantity + 1)) "$key"
      ;;
    order_scarce) add_order '' "${scarce[0]}" 2 '' ;;
    order_show) pick orders && add "/api/orders/${picked%% *}" ;;
    order_events) pick orders && add "/api/orders/${picked%% *}/events" "${picked%% *}" ;;
    order_wait) add "/api/orders/${known% *}/events?after=${known#* }&wait=2" "${known% *}" ;;
    events_unknown) add "/api/orders/$UNKNOWN/events?wait=2" ;;
    order_unknown | cancel_unknown) add "/api/orders/$UNKNOWN" ;;
    cancel)
      entry=${orders[0]}
      orders=("${orders[@]:1}")
      add "/api/orders/${entry%% *}" "${entry%% *}"
      ;;
    cancel_again) pick cancelled && add "/api/orders/$picked" ;;
  esac
}

pick() {
  local -n pool=$1
  picked=${pool[RANDOM % ${#pool[@]}]}
}

add_order() {
  add /api/orders "$1" "{\"lines\":[{\"item_id\":$2,\"quantity\":$3}]}" "${4:+Idempotency-Key: $4}"
}

# add PATH [NOTE] [BODY] [HEADER]; `kind` is the caller's. The note comes back with the answer.
add() {
  local body=${3-}
  ((config_size == 0)) || config+=$'next\n'
  config_size=$((config_size + 1)) added=$((added + 1))
  config+="url = \"$url$1\"
request = \"${method[$kind]}\"
output = \"$work/$batch.$config_size\"
write-out = \"$kind|${2-}|$1|%{http_code}|%{time_total}|$config_size|%{errormsg}\\n\"
connect-timeout = 5
max-time = 30
noproxy = \"localhost,127.0.0.1,[::1]\"
user-agent = \"load.sh\"
"
  if [[ $body ]]; then
    config+="header = \"Content-Type: application/json\"
data-binary = \"${body//\"/\\\"}\"
"
  fi
  if [[ ${4-} ]]; then
    config+="header = \"$4\"
"
  fi
}

# Gives all that was added to one curl.
send() {
  if ((config_size == 0)); then
    return
  fi
  curl --disable --parallel --parallel-immediate --parallel-max 50 --silent --config - \
    <<<"$config" >"$work/$batch.answers" 2>"$work/$batch.errors" &
  batch_of[$!]=$batch batch_size[$!]=$config_size
  batch=$((batch + 1))
  config='' config_size=0
}

# Reads the answers of every curl that is done.
reap() {
  local pid number kind note path status seconds index message seen
  for pid in "${!batch_of[@]}"; do
    if kill -0 "$pid" 2>/dev/null; then
      continue
    fi
    number=${batch_of[$pid]} seen=0
    while IFS='|' read -r kind note path status seconds index message; do
      seen=$((seen + 1))
      answer "$number"
    done <"$work/$number.answers"
    if ((seen < batch_size[$pid])); then
      failures=$((failures + batch_size[$pid] - seen))
      remember "request: $((batch_size[$pid] - seen)) of any kind" 'an answer' "$(<"$work/$number.errors")"
    fi
    rm -f "$work/$number".*
    unset "batch_of[$pid]" "batch_size[$pid]"
  done
}

# Counts an answer and learns from it. The fields are the caller's.
answer() {
  local microseconds=$((10#${seconds/./})) unit=1 body=
  answers=$((answers + 1))
  # Three digits are enough for a table, and bound what hours of answers take.
  while ((microseconds / unit >= 1000)); do
    unit=$((unit * 10))
  done
  local cell="$kind $status $((microseconds / unit * unit))"
  cells[$cell]=$((${cells[$cell]-0} + 1))
  cells["$kind $status"]=1 answered[$kind]=1
  if [[ "|${expected[$kind]}|" != *"|$status|"* ]]; then
    unexpected "$1"
    return
  fi
  case $kind in
    create | order | order_repeat | order_events | order_wait | items_page | items_next) read -r body <"$work/$1.$index" || true ;;
    cancel)
      cancelled+=("$note")
      if ((${#cancelled[@]} > 20)); then
        cancelled=("${cancelled[@]:1}")
      fi
      return
      ;;
    *) return ;;
  esac
  case $kind in
    items_*)
      cursor=
      if [[ $body =~ \"next_cursor\":\"([A-Za-z0-9_.~-]+)\" ]]; then
        cursor=${BASH_REMATCH[1]}
      fi
      return
      ;;
    order_events | order_wait)
      # The last one; after a wait in vain there is none.
      if [[ $body =~ .*\"seq\":([0-9]+) ]]; then
        known="$note ${BASH_REMATCH[1]}"
      fi
      return
      ;;
  esac
  if [[ ! $body =~ \"id\":([0-9]+) ]]; then
    unexpected "$1" ' with an id'
    return
  fi
  case $kind in
    create)
      local -n pool=$note
      pool+=("${BASH_REMATCH[1]}")
      ;;
    order) orders+=("${BASH_REMATCH[1]} $note") ;;
    order_repeat) [[ ${BASH_REMATCH[1]} == "$note" ]] || unexpected "$1" " with order $note again" ;;
  esac
}

unexpected() {
  local body=
  failures=$((failures + 1))
  if [[ -z $first_failure && -s $work/$1.$index ]]; then
    IFS= read -r -N 600 body <"$work/$1.$index" || true
  fi
  remember "request: ${method[$kind]} $path ($kind)" "${expected[$kind]//|/ or }${2-}" "$status $message$body"
}

remember() {
  if [[ -z $first_failure ]]; then
    first_failure="$1"$'\n'"expected: $2"$'\n'"got: $3"
    if ((answers > 10)); then
      say "first unexpected answer:"$'\n'"$first_failure"
    fi
  fi
}

live() {
  local under_way=0 size
  if [[ ! -t 1 ]] && (($1 % 5)); then
    unsaid=$((${unsaid-0} + $2))
    return
  fi
  for size in ${batch_size[@]+"${batch_size[@]}"}; do
    under_way=$((under_way + size))
  done
  if [[ -t 1 ]]; then
    printf '\r\e[K%5d s  %5d answers/s  %8d answers  %5d unexpected  %4d curls' \
      "$1" "$2" "$answers" "$failures" "${#batch_of[@]}"
  elif (($1)); then
    printf '%5d s  %5d answers/s  %8d answers  %5d unexpected  %4d curls\n' \
      "$1" $(((${unsaid-0} + $2) / 5)) "$answers" "$failures" "${#batch_of[@]}"
  fi
  unsaid=0
}

say() {
  if [[ -t 1 ]]; then
    printf '\r\e[K'
  fi
  echo "$1"
}

last_answers() {
  local until=$((SECONDS + LAST_ANSWERS))
  send_patient
  stopping=$((stopping > 1 ? 1 : stopping))
  if ((${#batch_of[@]})); then
    say 'waiting for the last answers; Ctrl+C does not wait'
  fi
  local before=$stopping
  while ((${#batch_of[@]} && SECONDS < until && stopping == before)); do
    pause 50000
    reap
  done
}

# Takes back what it created, as far as it knows.
tidy() {
  local kind=cancel id entry
  if ((${#batch_of[@]})); then
    return
  fi
  for entry in ${orders[@]+"${orders[@]}"}; do
    add "/api/orders/${entry%% *}"
  done
  kind=remove
  for id in ${stable[@]+"${stable[@]}"} ${scarce[@]+"${scarce[@]}"} ${spare[@]+"${spare[@]}"}; do
    add "/api/items/$id"
  done
  if ((config_size)); then
    curl --disable --parallel --silent --config - <<<"$config" >/dev/null 2>&1 || true
  fi
}

table() {
  local cell kind status microseconds order=0
  declare -A place=()
  for kind in "${deck[@]}"; do
    cell="${method[$kind]} ${endpoint[$kind]}"
    if [[ ! ${place[$cell]-} ]]; then
      order=$((order + 1))
      place[$cell]=$order
    fi
  done
  echo
  for cell in "${!cells[@]}"; do
    read -r kind status microseconds <<<"$cell"
    if [[ $microseconds ]]; then
      echo "${place["${method[$kind]} ${endpoint[$kind]}"]} ${method[$kind]} ${endpoint[$kind]} $status $microseconds ${cells[$cell]}"
    fi
  done | sort -k1,1n -k4,4 -k5,5n | awk '
    function rank(share,   wanted, i, seen) {
      wanted = share * total
      for (i = 1; i <= values; i++) {
        seen += count[i]
        if (seen >= wanted) return value[i] / 1000
      }
    }
    function row() {
      if (total)
        printf "%-6s %-23s %6s %9d %10.1f %10.1f %10.1f\n", verb, path, status, total, rank(.5), rank(.95), value[values] / 1000
      total = values = 0
    }
    BEGIN { printf "%-6s %-23s %6s %9s %10s %10s %10s\n", "METHOD", "ENDPOINT", "STATUS", "COUNT", "P50 ms", "P95 ms", "MAX ms" }
    $1 " " $4 != cell { row(); cell = $1 " " $4; verb = $2; path = $3; status = $4 == "000" ? "none" : $4 }
    { values++; value[values] = $5; count[values] = $6; total += $6 }
    END { row() }'
}

# Says how it went, and exits accordingly.
verdict() {
  local kind unanswered=
  for kind in "${!method[@]}"; do
    [[ ${answered[$kind]-} ]] || unanswered+=" $kind"
  done
  echo
  if [[ $unanswered ]]; then
    echo "no answer yet to requests of these kinds:$unanswered"
  fi
  if ((withheld)); then
    echo "$withheld requests were not sent: the answers came too slowly for that rate"
  fi
  if ((failures)); then
    echo "$answers answers, $failures not as expected. The first:"
    echo "$first_failure"
    exit 1
  fi
  echo "$answers answers, all as expected, to $rate requests/s for $((elapsed / 1000000)) s."
}

finish() {
  local pid
  trap '' INT TERM
  for pid in "${!batch_of[@]}"; do
    kill "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}

main "$@"
