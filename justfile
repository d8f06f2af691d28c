# The recipes of mesh-tui; `just` alone lists them.

_list:
    @just --list --unsorted

# Run the wizard; `just run --sandbox` needs no cluster
run *arguments:
    cargo run -- {{ arguments }}

# All tests; builds the real parts once where Go is installed
test *arguments:
    cargo test {{ arguments }}

# The tests that need no real parts
test-quick:
    MESH_TUI_TEST_PARTS=off cargo test

# What every change must pass
ci:
    .ci/run

# Look at what is drawn differently now, and accept or reject it (needs cargo-insta)
snapshots:
    cargo insta test --review

# Write anew what is made of the chart's values files: schemas and the tables of its README
chart-docs:
    MESH_TUI_WRITE=1 cargo test --test chart -- generated

# A real control plane to play with, until Enter
cluster:
    MESH_TUI_TEST_HOLD=1 cargo test --quiet --test cluster

# The benchmarks
bench *arguments:
    cargo bench {{ arguments }}

# Our speed beside Helm's and kubectl's, as tables (RUNS=30 runs of each)
compare:
    benches/compare.sh

# Compare what we and a helm render for the charts below some folders; HELM names another helm than the one in PATH
compat +folders:
    cargo build --release --bin mesh-tui --example compat
    target/release/examples/compat --helm "${HELM:-helm}" --mesh-tui target/release/mesh-tui {{ folders }}

# Run a fuzz target (template, yaml, archive, set) for some seconds (needs cargo-fuzz)
fuzz target seconds="600":
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{ target }} -- -max_total_time={{ seconds }} -timeout=10

# The documentation of the library
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --open

# Known vulnerabilities among the dependencies (needs a network)
audit:
    cargo deny check advisories

# Format everything
fmt:
    cargo fmt
