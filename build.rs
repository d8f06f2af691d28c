//! Has the program built anew when a file that it carries within itself changes, comes or goes.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=assets/chart");
    println!("cargo::rerun-if-changed=profiles");
}
