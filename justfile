# Quartet. `just up`, then `./load.sh`; the rest is for those who change it.

quartet := env("CARGO_TARGET_DIR", "target") / "demo/quartet"

_default:
    @{{ just_executable() }} --list --unsorted

# Build what is new, start all parts in the background, wait until they are ready: `just up compose --name staging`
[positional-arguments]
up *MODE:
    #!/usr/bin/env bash
    set -euo pipefail
    mode=${1:-}
    if [ -z "$mode" ]; then
        mode=embedded
        ! docker compose version >/dev/null 2>&1 || ! docker info >/dev/null 2>&1 || mode=compose
    fi
    echo "Building: minutes the first time on 2 cores, seconds from then on"
    case $mode in
        compose) cargo build --profile demo --locked -p quartet ;;
        native) deploy/native/build ;&
        *) cargo build --profile demo --locked -p api -p console -p fulfilment -p quartet ;;
    esac
    {{ quartet }} up "$mode" "${@:2}"

# Stop all parts; data and logs are kept
[positional-arguments]
down *ARGS: _quartet
    @{{ quartet }} down "$@"

# Show every part; exits with 3 unless all are up
[no-exit-message]
[positional-arguments]
status *ARGS: _quartet
    @{{ quartet }} status "$@"

# Show what the parts wrote: `just logs api -f`, `just logs -n 20`
[no-exit-message]
[positional-arguments]
logs *ARGS: _quartet
    @{{ quartet }} logs "$@"

# Show the jobs that orders wait for: `just jobs --state dead`, `just jobs revive 7`
[no-exit-message]
[positional-arguments]
jobs *ARGS: _quartet
    @{{ quartet }} jobs "$@"

# Follow every link between signals through the real stores, native mode being up: `just verify --links --panels --alerts`
[no-exit-message]
[positional-arguments]
verify *ARGS: _quartet
    @{{ quartet }} verify "$@"

# Count signals at every hop, and name the first that loses them
[no-exit-message]
[positional-arguments]
doctor *ARGS: _quartet
    @{{ quartet }} doctor "$@"

# Memory, processor, disk and time to ready of each part that runs: `just footprint --idle 30 --load 60 --rate 100`
[no-exit-message]
[positional-arguments]
footprint *ARGS: _quartet
    @{{ quartet }} footprint "$@"

# Stop all parts, delete their data and logs
[positional-arguments]
clean *ARGS: _quartet
    @{{ quartet }} clean "$@"

# All Rust tests
test:
    cargo test --workspace --locked --no-fail-fast
    @echo
    @echo "All tests passed. What to do next: just up, or just lint before a change is sent."

# What needs a server of Postgres: private ones on free ports, removed afterwards
test-services:
    #!/usr/bin/env bash
    set -euo pipefail
    command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
        { echo "Postgres is missing: apt-get install postgresql"; exit 1; }
    QUARTET_TEST_POSTGRES=1 cargo test -p storage --locked --test store
    cargo test -p testbed -p storage -p api -p fulfilment --locked --features services --test postgres

# Every link, panel and alert of the services against the real backends, started for it and stopped again
e2e: native-build
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --profile demo --locked -p api -p fulfilment -p quartet
    mkdir -p target
    root=$(mktemp -d target/e2e.XXXXXX)
    quartet=("{{ quartet }}" --root "$root")
    load=''
    end() {
        local code=$?
        [ -z "$load" ] || kill "$load" 2>/dev/null || true
        "${quartet[@]}" down >/dev/null || true
        if ((code)); then echo "e2e: what the parts wrote is in $root/run/logs" >&2; else rm -rf "$root"; fi
    }
    trap end EXIT
    "${quartet[@]}" up native
    # Some of it is slow, and HighLatency fires; before alerts are tried, those that fire are waited for.
    ./load.sh 10 "http://${QUARTET_API_HTTP_ADDRESS:-127.0.0.1:8000}" --duration 60 >"$root/load.txt" 2>&1 &
    load=$!
    "${quartet[@]}" verify --links --panels --alerts --patience 180
    "${quartet[@]}" doctor --patience 120

# Profiles without frame pointers: a build of its own, so minutes the first time
test-no-frame-pointers:
    CARGO_TARGET_DIR=target/no-frame-pointers \
        RUSTFLAGS="-C force-frame-pointers=no --cfg without_frame_pointers" \
        cargo test -p api --locked --test without_frame_pointers

# Heap profiles, with jemalloc as the allocator
test-heap:
    cargo test -p api --locked --features heap --test heap

# The console in Chromium, fed by the real services: each link clicked; with a folder, pictures are put there
test-browser PICTURES="":
    #!/usr/bin/env bash
    set -euo pipefail
    command -v chromium >/dev/null && command -v chromedriver >/dev/null ||
        { apt-get update -qq && apt-get install -y --no-install-recommends chromium chromium-driver; } ||
        { echo "Chromium or its driver is missing, and only root can install packages"; exit 1; }
    cargo build --locked -p api -p fulfilment -p console
    [ -z '{{ PICTURES }}' ] || export QUARTET_PICTURES="$PWD/{{ PICTURES }}"
    cargo test -p console --locked --features browser --test browser

# The OpenTelemetry SDKs of Python, Go and JavaScript send to the console, unchanged: minutes the first time
test-sdks:
    @crates/console/tests/sdk/prepare
    QUARTET_SDKS="$PWD/target/sdks" cargo test -p console --locked --features sdks --test receivers sdks

# Hostile input for a receiver of the console, or for each: `just fuzz otlp_logs 1000000`
fuzz TARGET="all" CASES="100000":
    @fuzz/run '{{ TARGET }}' '{{ CASES }}'

# The API against its own OpenAPI document, by schemathesis
test-api:
    .ci/test-api

# The backends of native mode, built from their Go modules, kept for every clone: minutes the first time
[positional-arguments]
native-build *BACKENDS:
    @deploy/native/build "$@"

# Compose mode, really started: upstream's images where an engine answers, else stand-ins in an engine of its own
[positional-arguments]
e2e-compose *ARGS:
    @deploy/docker/e2e "$@"

# Every configuration of observability/, read by the program it is for; rules by their tests, in both timings
[positional-arguments]
check-config *BACKENDS:
    @observability/check "$@"
    @[ $# -gt 0 ] || deploy/compose/check

# The dashboards of Grafana, from the code that describes them
dashboards:
    cd observability/grafana/source && go run .

# What telemetry costs, and jobs per second; with arguments only the former: `just bench --quick` to try it
[positional-arguments]
bench *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    cd bench
    cargo build --profile dist --locked -p server -p runner
    target/dist/runner --server target/dist/server --output target/bench.json "$@"
    (($#)) || just bench-jobs

# Instructions per operation of telemetry, counted by callgrind: the same on each run
[positional-arguments]
bench-micro *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    command -v valgrind >/dev/null || { echo "valgrind is missing: apt-get install valgrind"; exit 1; }
    cd bench
    cargo build --profile dist --locked -p micro
    target/dist/micro "$@"

# The sampler under full load: requests on SQLite, threads that come and go. No crash, no growth, no leak
soak SECONDS="3600" HZ="100":
    cargo run --release --locked -p quartet-spanprof --example soak -- {{ SECONDS }} {{ HZ }}

# SIGKILL of services and database at random instants under load: no order is lost or doubled
chaos-orders KILLS="10" DATABASE="sqlite" SEED="":
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --profile demo --locked -p api -p fulfilment -p quartet
    cargo build --locked -p testbed --example chaos_orders
    services=$(dirname '{{ quartet }}')
    exec "$services/../debug/examples/chaos_orders" --api "$services/api" --fulfilment "$services/fulfilment" \
        --kills '{{ KILLS }}' --database '{{ DATABASE }}' {{ if SEED == "" { "" } else { "--seed '" + SEED + "'" } }}

# What verify and doctor say of planted breaks, and a restart that keeps data: part of a name runs those that have it
[positional-arguments]
test-native *ARGS: native-build
    #!/usr/bin/env bash
    set -euo pipefail
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null ||
        { echo "libfaketime is missing: apt-get install libfaketime"; exit 1; }
    cargo build --locked -p api -p fulfilment -p console -p quartet
    cargo test -p quartet --locked --features native --test native --bin quartet -- "$@"

# Each backend killed, hung, slow and out of disk under load: no request fails, every signal comes back; `--quick` in minutes
[positional-arguments]
chaos *ARGS:
    #!/usr/bin/env bash
    set -euo pipefail
    deploy/native/build
    cargo build --profile demo --locked -p api -p fulfilment -p quartet
    cargo build --locked -p testbed --example chaos_backends
    exec "$(dirname '{{ quartet }}')/../debug/examples/chaos_backends" --quartet '{{ quartet }}' "$@"

# Jobs per second on SQLite and on a private Postgres, with 1 and 4 workers: medians of three rounds
bench-jobs COUNT="2000":
    cargo run --profile demo --locked -p storage --example jobs -- {{ COUNT }}

# What the console takes in on one core, and how long a search of its full rings lasts
bench-console:
    cargo build --profile demo --locked -p console --bin console
    cargo run --profile demo --locked -p console --example bench

# Everything that is checked without running it
lint: && layers deny docs
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Rewrite the code in the house format
format:
    cargo fmt --all

# No crate depends on one above it: the arrows of ARCHITECTURE.md
layers:
    #!/usr/bin/env bash
    set -euo pipefail
    # A line per crate: what it may depend on. After a colon: all that it may take from outside.
    allowed='
        domain :thiserror
        contracts
        wire
        quartet-spanprof
        quartet-telemetry quartet-spanprof
        service quartet-telemetry
        storage quartet-telemetry domain
        api contracts domain quartet-telemetry service storage
        fulfilment contracts domain quartet-telemetry service storage
        console quartet-telemetry service wire
        quartet wire
        testbed wire
    '
    tree=$(cargo tree --workspace --all-features --locked --depth 1 --edges normal,build --prefix depth --no-dedupe)
    { echo "$allowed"; echo "$tree"; } | awk '
        /^ +[a-z]/ {
            known[$1] = 1
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^:/) closed[$1] = 1
                sub(/^:/, "", $i)
                arrow[$1, $i] = 1
            }
        }
        /^[01]/ {
            name = substr($1, 2)
            ours = $0 ~ /\(\//
        }
        /^0/ {
            crate = name
            crates++
            if (!known[crate]) { print crate " has no line in `just layers`"; bad = 1 }
        }
        /^1/ && (ours || closed[crate]) && !arrow[crate, name] { print crate " must not depend on " name; bad = 1 }
        END {
            if (!crates) { print "cargo tree named no crate"; bad = 1 }
            exit bad
        }'
    echo "layers: every arrow points down"

# Licences, sources and versions of dependencies
deny:
    @command -v cargo-deny >/dev/null || { echo "cargo-deny is missing: cargo install --locked cargo-deny"; exit 1; }
    cargo deny --all-features check bans licenses sources

# Both crates that others use, packaged and built as crates.io would have them
publishable:
    cargo publish --dry-run --locked -p quartet-spanprof -p quartet-telemetry

# The documentation of all crates, without a warning
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Source files that may have outgrown one sitting; to be read, not obeyed
sizes LIMIT="300":
    @git ls-files '*.rs' | xargs wc -l | awk '$2 != "total" && $1 > {{ LIMIT }}' | sort -rn

# The running command line, built if it is not there
_quartet:
    @test -x {{ quartet }} || cargo build --profile demo --locked -p quartet
