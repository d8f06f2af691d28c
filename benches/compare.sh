#!/usr/bin/env bash
# Measures mesh-tui beside what it replaces, in one run on one machine, and prints tables in Markdown:
# `template` beside `helm template`, `diff` beside `kubectl diff` and `helm upgrade --dry-run=server`, then the first
# frame, what idling costs, and the memory.
#
# It needs what the tests need (Rust, Go): the peers are the ones that the tests build, and the control plane is theirs.
# hyperfine is used where it is installed. RUNS=30 sets how often each program is run. CHARTS="FOLDER..." compares these
# charts, too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

runs="${RUNS:-30}"
warmup=3
chart=assets/chart/developer-mesh
values="$chart/values-dev.yaml"
kube_version=v1.36.3
namespace=compare
work="$(mktemp -d)"
# A home of their own: nothing of this machine's Helm or kubectl shows.
export HOME_OF_PEERS="$work/home"
mkdir -p "$HOME_OF_PEERS"

main() {
    cargo build --release --quiet
    mesh_tui="$(target_folder)/release/mesh-tui"
    start_cluster
    machine
    compare_template
    compare_charts
    compare_diff
    install_large
    cargo bench --quiet --bench terminal
}

say() { printf '%s\n' "$*" >&2; }

target_folder() {
    cargo metadata --format-version 1 --no-deps |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# The control plane of the tests. It stays until its input ends, and so does this script's end of the pipe.
start_cluster() {
    coproc cluster { MESH_TUI_TEST_HOLD=1 cargo test --quiet --test cluster 2>"$work/cluster.log"; }
    local line
    while IFS= read -r line <&"${cluster[0]}"; do
        case "$line" in
            "export "*) export "${line#export }" ;;
            "# ready") return ;;
        esac
    done
    cat "$work/cluster.log" >&2
    say "there is no control plane to compare on"
    exit 1
}

finish() {
    if [[ -n "${cluster_PID:-}" ]]; then
        local pid="$cluster_PID"
        eval "exec ${cluster[1]}>&-"
        wait "$pid" || true
    fi
    rm -rf "$work"
}
trap finish EXIT

machine() {
    local cpu memory
    cpu="$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
    memory="$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1024 / 1024 }' /proc/meminfo)"
    printf 'Machine: %s, %s cores, %s, %s.\n\n' "$cpu" "$(nproc)" "$memory" "$(uname -sr)"
}

# peer PROGRAM ARGUMENT...: runs it with the home of its own.
peer() { HOME="$HOME_OF_PEERS" "$@"; }

# measure NAME COMMAND [NAME COMMAND]...: fills `median` with the milliseconds of each. The commands take turns, so that
# a slow moment of the machine meets all of them.
declare -A median
measure() {
    if command -v hyperfine >/dev/null; then
        measure_with_hyperfine "$@"
    else
        measure_by_turns "$@"
    fi
}

measure_with_hyperfine() {
    local arguments=() name rest
    while (($#)); do
        arguments+=(--command-name "$1" "$2")
        shift 2
    done
    # Without a shell, which would take longer than ours.
    HOME="$HOME_OF_PEERS" hyperfine --shell=none --ignore-failure --warmup "$warmup" --runs "$runs" --export-csv "$work/times.csv" --style none \
        "${arguments[@]}" >/dev/null
    # command,mean,stddev,median,user,system,min,max in seconds; no name has a comma.
    while IFS=, read -r name _ _ rest; do
        median[$name]="$(awk -v s="${rest%%,*}" 'BEGIN { printf "%.2f", s * 1000 }')"
    done < <(tail -n +2 "$work/times.csv")
}

measure_by_turns() {
    local names=() commands=() turn at start
    while (($#)); do
        names+=("$1")
        commands+=("$2")
        shift 2
    done
    for ((turn = -warmup; turn < runs; turn++)); do
        for at in "${!names[@]}"; do
            start="${EPOCHREALTIME/[.,]/}"
            # shellcheck disable=SC2086 # a command is words, none of which has a space
            HOME="$HOME_OF_PEERS" ${commands[$at]} >/dev/null 2>&1 || true
            if ((turn >= 0)); then
                echo "$((${EPOCHREALTIME/[.,]/} - start))" >>"$work/times.$at"
            fi
        done
    done
    for at in "${!names[@]}"; do
        median[${names[$at]}]="$(sort -n "$work/times.$at" |
            awk '{ us[NR] = $1 } END { printf "%.2f", us[int((NR + 1) / 2)] / 1000 }')"
        rm "$work/times.$at"
    done
}

# row OURS PEER LIMIT: a line of a table; LIMIT is how many times faster ours must be.
row() {
    local ours="${median[$1]}" theirs="${median[$2]}"
    awk -v name="$2" -v ours="$ours" -v theirs="$theirs" -v limit="$3" 'BEGIN {
        verdict = theirs / ours >= limit ? "met" : "missed"
        printf "| %s | %s | %s | 1/%.1f | %s |\n", name, ours, theirs, theirs / ours,
            limit ? "1/" limit ", " verdict : "none"
    }'
}

table() {
    printf '| %s beside | ours, ms | theirs, ms | ratio | at most |\n|---|---|---|---|---|\n' "$1"
}

compare_template() {
    local words="template dm $chart -f $values --kube-version $kube_version" helm
    "$mesh_tui" template dm "$chart" -f "$values" --kube-version "$kube_version" >"$work/ours.yaml"
    for helm in "$HELM3" "$HELM4"; do
        peer "$helm" template dm "$chart" -f "$values" --kube-version "$kube_version" >"$work/theirs.yaml"
        # Helm 4 sets a blank line between documents, which says nothing.
        if ! diff --brief --ignore-blank-lines "$work/ours.yaml" "$work/theirs.yaml" >/dev/null; then
            say "$helm renders something else than mesh-tui, so a comparison means nothing:"
            diff -u "$work/theirs.yaml" "$work/ours.yaml" | head -n 40 >&2
            exit 1
        fi
    done
    measure "ours" "$mesh_tui $words" "helm template (Helm 3)" "$HELM3 $words" \
        "helm template (Helm 4)" "$HELM4 $words"
    table "mesh-tui template, $(grep -c '^# Source' "$work/ours.yaml") objects"
    row "ours" "helm template (Helm 3)" 12
    row "ours" "helm template (Helm 4)" 12
    echo
}

# The charts of CHARTS, with their own values: time and memory.
compare_charts() {
    local folder name words
    [[ -n "${CHARTS:-}" ]] || return 0
    table "mesh-tui template"
    for folder in $CHARTS; do
        name="$(basename "$folder")"
        words="template dm $folder --kube-version $kube_version"
        measure "ours" "$mesh_tui $words" "helm template $name (Helm 3)" "$HELM3 $words"
        row "ours" "helm template $name (Helm 3)" 6
    done
    printf '\n| resident memory at most, mesh-tui template | ours, MiB | Helm 3, MiB | ratio |\n|---|---|---|---|\n'
    for folder in $CHARTS; do
        words="template dm $folder --kube-version $kube_version"
        # shellcheck disable=SC2086 # words
        awk -v name="$(basename "$folder")" -v ours="$(peak "$mesh_tui" $words)" -v theirs="$(peak "$HELM3" $words)" \
            'BEGIN { printf "| %s | %.0f | %.0f | 1/%.1f |\n", name, ours, theirs, theirs / ours }'
    done
    echo
}

# peak PROGRAM ARGUMENT...: the most memory that it had resident, in MiB, at the median of five runs (needs GNU time).
peak() {
    local turn
    for turn in 1 2 3 4 5; do
        HOME="$HOME_OF_PEERS" /usr/bin/time --format '%M' --output "$work/peak.$turn" "$@" >/dev/null 2>&1
    done
    cat "$work"/peak.* | sort -n | awk '{ kib[NR] = $1 } END { print kib[int((NR + 1) / 2)] / 1024 }'
}

# A release that is there, and one choice that changes all its services.
compare_diff() {
    local ours peers code=0
    ours="--release dm --namespace $namespace -f $values"
    peers="--kubeconfig $KUBECONFIG --namespace $namespace"
    # shellcheck disable=SC2086 # words
    "$mesh_tui" apply $ours --create-namespace --yes >"$work/apply.log" 2>&1 || {
        cat "$work/apply.log" >&2
        exit 1
    }
    ours="diff $ours --set global.imagePullPolicy=Always"
    # shellcheck disable=SC2086 # words
    "$mesh_tui" $ours >"$work/diff.txt" || code=$?
    if ((code != 2)); then
        say "mesh-tui diff ended with $code where 2, for changes, was due"
        exit 1
    fi
    peer "$HELM3" template dm "$chart" -f "$values" --kube-version "$kube_version" --namespace "$namespace" \
        --no-hooks --is-upgrade --set global.imagePullPolicy=Always >"$work/manifest.yaml"
    measure "ours" "$mesh_tui $ours" \
        "kubectl diff" "$KUBECTL $peers diff -f $work/manifest.yaml" \
        "kubectl diff --server-side" \
        "$KUBECTL $peers diff --server-side --field-manager helm --force-conflicts -f $work/manifest.yaml" \
        "helm upgrade --dry-run=server (Helm 3)" \
        "$HELM3 $peers upgrade dm $chart -f $values --set global.imagePullPolicy=Always --dry-run=server" \
        "helm upgrade --dry-run=server (Helm 4)" \
        "$HELM4 $peers upgrade dm $chart -f $values --set global.imagePullPolicy=Always --dry-run=server"
    table "mesh-tui diff, $(grep -c '^# Source' "$work/manifest.yaml") objects"
    row "ours" "kubectl diff" 5
    row "ours" "kubectl diff --server-side" 0
    row "ours" "helm upgrade --dry-run=server (Helm 3)" 0
    row "ours" "helm upgrade --dry-run=server (Helm 4)" 0
    echo
}

# The 200 objects that are watched while the memory is measured.
install_large() {
    peer "$HELM4" install large benches/large-chart --kubeconfig "$KUBECONFIG" \
        --namespace large --create-namespace --set services=40 >/dev/null
}

main
