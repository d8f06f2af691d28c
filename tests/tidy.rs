//! The invariants of `docs/ARCHITECTURE.md` that a program can check, read from the sources themselves.
//!
//! A rule takes a file's name and text and returns what is wrong with it, so that each rule is tried on a planted fault,
//! too: a rule that finds nothing ever would be worse than none.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test may fail by panicking"
)]

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

/// The modules that know no runtime, clock, randomness, I/O, terminal or Kubernetes client.
const PURE: [&str; 5] = ["apply", "chart", "plan", "rollout", "wizard"];

/// What a pure module must not name, each with the reason that the failure gives.
const IMPURE: [(&str, &str); 16] = [
    ("tokio", "a runtime"),
    ("tokio_util", "a runtime"),
    ("ratatui", "a terminal"),
    ("crossterm", "a terminal"),
    ("kube", "a Kubernetes client"),
    ("rand", "randomness"),
    ("getrandom", "randomness"),
    ("std::fs", "I/O"),
    ("std::net", "I/O"),
    ("std::env", "I/O"),
    ("std::process", "I/O"),
    ("std::thread", "a runtime"),
    ("std::io::stdin", "I/O"),
    ("std::io::stdout", "I/O"),
    ("std::time::Instant", "a clock"),
    ("std::time::SystemTime", "a clock"),
];

/// Who may name what: the prefix of a path, and the modules.
const AT_HOME: [(&str, &[&str]); 2] = [
    ("ratatui", &["tui"]),
    ("kube::Client", &["cluster", "runtime", "sandbox", "secrets"]),
];

/// Macros that print, and the modules that may: only reports speak to standard output and standard error.
const PRINTING: [&str; 5] = ["println!", "print!", "eprintln!", "eprint!", "dbg!"];
const MAY_PRINT: [&str; 2] = ["cli", "main"];

/// The most lines of code in a file; blank lines, comments and tests do not count.
const LONGEST: usize = 600;

/// A path that the code names, or a macro (with its `!`), and its line.
#[derive(Debug)]
struct Name {
    path: String,
    line: usize,
}

impl Name {
    /// Whether it is `prefix` or something inside of it.
    fn is_in(&self, prefix: &str) -> bool {
        self.path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// A source file without its comments and its tests.
#[derive(Debug, Default)]
struct Code {
    names: Vec<Name>,
    lines: BTreeSet<usize>,
}

impl Code {
    fn read(text: &str) -> Self {
        let tokens = TokenStream::from_str(text).expect("the file is Rust");
        let mut code = Self::default();
        code.walk(tokens, "");
        code
    }

    /// Walks over tokens; `prefix` is the path before the braces of `use a::{b, c}`, with its `::`.
    fn walk(&mut self, tokens: TokenStream, prefix: &str) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at] {
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(&tokens, at),
                TokenTree::Ident(_) => self.path(&tokens, at, prefix),
                TokenTree::Group(group) => {
                    self.lines.insert(group.span_open().start().line);
                    self.lines.insert(group.span_close().end().line);
                    self.walk(group.stream(), "");
                    at + 1
                }
                token => {
                    let span = token.span();
                    self.lines.extend(span.start().line..=span.end().line);
                    at + 1
                }
            };
        }
    }

    /// Passes an attribute at `at`: a comment is not code, and what `#[cfg(test)]` stands before is skipped whole.
    fn attribute(&mut self, tokens: &[TokenTree], at: usize) -> usize {
        let inner = matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        let body = at + 1 + usize::from(inner);
        let Some(TokenTree::Group(group)) = tokens.get(body) else {
            return at + 1;
        };
        let text = group.stream().to_string().replace(' ', "");
        if text == "cfg(test)" {
            return after_item(tokens, body + 1);
        }
        if !text.starts_with("doc=") {
            self.lines.insert(group.span_open().start().line);
            self.walk(group.stream(), "");
        }
        body + 1
    }

    /// Records the path that begins at `at` and returns where it ends.
    fn path(&mut self, tokens: &[TokenTree], at: usize, prefix: &str) -> usize {
        let line = tokens[at].span().start().line;
        self.lines.insert(line);
        let mut path = format!("{prefix}{}", tokens[at]);
        let mut next = at + 1;
        while is_double_colon(tokens, next) {
            match tokens.get(next + 2) {
                Some(TokenTree::Ident(segment)) => path = format!("{path}::{segment}"),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.lines.insert(group.span_close().end().line);
                    self.walk(group.stream(), &format!("{path}::"));
                    return next + 3;
                }
                _ => break,
            }
            next += 3;
        }
        if matches!(tokens.get(next), Some(TokenTree::Punct(punct)) if punct.as_char() == '!') {
            path.push('!');
        }
        self.names.push(Name { path, line });
        next
    }
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |index: usize| matches!(tokens.get(index), Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// Where the item that begins at `at` ends: after its braces or its semicolon.
fn after_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    tokens[at..]
        .iter()
        .position(ends)
        .map_or(tokens.len(), |end| at + end + 1)
}

/// The module that a source file belongs to: `src/plan/diff.rs` → `plan`, `src/main.rs` → `main`.
fn module(file: &str) -> &str {
    let below = file.strip_prefix("src/").unwrap_or(file);
    below
        .split_once('/')
        .map_or_else(|| below.trim_end_matches(".rs"), |(module, _)| module)
}

/// Files that hold nothing but tests.
fn is_test(file: &str) -> bool {
    file.ends_with("/tests.rs") || file.contains("/tests/")
}

fn purity(file: &str, code: &Code) -> Vec<String> {
    if !PURE.contains(&module(file)) {
        return Vec::new();
    }
    let faults = code.names.iter().filter_map(|name| {
        let named = IMPURE.iter().find(|(prefix, _)| name.is_in(prefix));
        let reason = named.map(|(_, reason)| *reason);
        let reason = reason.or_else(|| name.path.ends_with("::now").then_some("a clock"))?;
        Some(format!(
            "{file}:{} names `{}`, which is {reason}: `{}` is pure (invariant 1)",
            name.line,
            name.path,
            module(file)
        ))
    });
    faults.collect()
}

fn layers(file: &str, code: &Code) -> Vec<String> {
    let mut faults = Vec::new();
    for (prefix, homes) in AT_HOME {
        if homes.contains(&module(file)) {
            continue;
        }
        faults.extend(code.names.iter().filter(|name| name.is_in(prefix)).map(|name| {
            format!(
                "{file}:{} names `{}`: `{prefix}` lives in {} only (invariant 2)",
                name.line,
                name.path,
                homes.join(", ")
            )
        }));
    }
    faults
}

fn printing(file: &str, code: &Code) -> Vec<String> {
    if MAY_PRINT.contains(&module(file)) {
        return Vec::new();
    }
    let faults = code.names.iter().filter(|name| {
        let last = name.path.rsplit("::").next().unwrap_or_default();
        PRINTING.contains(&last)
    });
    faults
        .map(|name| {
            format!(
                "{file}:{} prints with `{}`: only `cli` does; log with `tracing`, or return it",
                name.line, name.path
            )
        })
        .collect()
}

fn opening(file: &str, text: &str) -> Vec<String> {
    if text.starts_with("//!") {
        Vec::new()
    } else {
        vec![format!(
            "{file}:1 does not begin with `//!`: say what the module owns (invariant 11)"
        )]
    }
}

fn length(file: &str, code: &Code) -> Vec<String> {
    let lines = code.lines.len();
    if lines <= LONGEST {
        Vec::new()
    } else {
        vec![format!(
            "{file} has {lines} lines of code, more than {LONGEST}: split it (invariant 11)"
        )]
    }
}

/// The links of a Markdown file that lead nowhere. Links to other sites are not followed.
fn dead_links(file: &Path, text: &str) -> Vec<String> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut faults = Vec::new();
    for (line, target) in links(text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let destination = if path.is_empty() {
            file.to_owned()
        } else {
            folder.join(path)
        };
        let found = destination.exists()
            && (anchor.is_empty()
                || fs::read_to_string(&destination).is_ok_and(|text| anchors(&text).contains(anchor)));
        if !found {
            faults.push(format!(
                "{}:{line} links to `{target}`, which is not there",
                file.display()
            ));
        }
    }
    faults
}

/// The targets of the inline links of a Markdown text, outside of code, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (line, number) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every second piece between backticks is code.
        let prose: String = line.split('`').step_by(2).collect();
        let targets = prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', ' ']).next());
        found.extend(targets.map(|target| (number, target.to_owned())));
    }
    found
}

/// The anchors of a Markdown text's headings, as the forges make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files with `extension` in `folder` and below, sorted.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Applies a rule to every source file.
fn check(rule: impl Fn(&str, &str, &Code) -> Vec<String>) {
    let mut faults = Vec::new();
    for path in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let file = path
            .strip_prefix(root())
            .expect("it lies below")
            .to_string_lossy();
        if !is_test(&file) {
            faults.extend(rule(&file, &text, &Code::read(&text)));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn pure_modules_are_pure() {
    check(|file, _, code| purity(file, code));
}

#[test]
fn every_layer_keeps_to_its_own() {
    check(|file, _, code| layers(file, code));
}

#[test]
fn only_reports_print() {
    check(|file, _, code| printing(file, code));
}

#[test]
fn every_module_says_what_it_owns() {
    check(|file, text, _| opening(file, text));
}

#[test]
fn no_file_grows_too_long() {
    check(|file, _, code| length(file, code));
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let mut pages = files(&root().join("docs"), "md");
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        pages.extend(path.extension().is_some_and(|it| it == "md").then_some(path));
    }
    let faults: Vec<String> = pages
        .iter()
        .flat_map(|page| dead_links(page, &fs::read_to_string(page).unwrap()))
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The rules on planted faults.
mod planted {
    use super::*;

    fn faults(rule: fn(&str, &Code) -> Vec<String>, file: &str, text: &str) -> Vec<String> {
        rule(file, &Code::read(text))
    }

    #[test]
    fn an_impure_name_is_found_however_it_is_written() {
        for text in [
            "use tokio::time::sleep;",
            "use std::{collections::BTreeMap, fs::{self, File}};",
            "fn f() { let _ = std::time::Instant::now(); }",
            "fn f() { let _ = ::std::env::var(\"HOME\"); }",
            "fn f() { log!(\"{}\", jiff::Timestamp::now()); }",
            "fn f(client: kube::Client) {}",
        ] {
            assert!(!faults(purity, "src/plan/diff.rs", text).is_empty(), "{text}");
            assert_eq!(faults(purity, "src/cluster/mod.rs", text), [""; 0], "{text}");
        }
    }

    #[test]
    fn words_in_comments_strings_and_tests_are_no_names() {
        let text = r#"
            //! Knows no tokio.
            // use tokio::time;
            /// See [`std::fs`].
            fn f() -> &'static str { "use std::fs;" }
            use std::time::Duration;
            #[cfg(test)]
            mod tests { use std::fs; fn g() { fs::read("x"); } }
        "#;
        assert_eq!(faults(purity, "src/chart/mod.rs", text), [""; 0]);
        let after = format!("{text}\nuse std::fs;");
        assert_eq!(faults(purity, "src/chart/mod.rs", &after).len(), 1);
    }

    #[test]
    fn a_screen_outside_of_the_screens_is_found() {
        let text = "use ratatui::Frame;";
        assert_eq!(faults(layers, "src/cli/plan.rs", text).len(), 1);
        assert_eq!(faults(layers, "src/tui/mod.rs", text), [""; 0]);
    }

    #[test]
    fn a_client_outside_of_its_modules_is_found() {
        let text = "use kube::{Api, Client};";
        assert_eq!(faults(layers, "src/cli/plan.rs", text).len(), 1);
        assert_eq!(faults(layers, "src/cluster/client.rs", text), [""; 0]);
    }

    #[test]
    fn a_print_is_found() {
        let text = "fn f() { std::println!(\"x\"); }";
        assert_eq!(faults(printing, "src/plan/mod.rs", text).len(), 1);
        assert_eq!(faults(printing, "src/cli/report.rs", text), [""; 0]);
    }

    #[test]
    fn a_module_without_its_opening_is_found() {
        assert_eq!(opening("src/a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(opening("src/a.rs", "//! Owns a.\n"), [""; 0]);
    }

    #[test]
    fn only_code_counts_towards_the_length() {
        let code = "fn f() {}\n".repeat(LONGEST);
        let free = "\n// a comment\n/// A doc.\n#[cfg(test)]\nmod tests {\nfn g() {}\n}\n";
        assert_eq!(faults(length, "src/a.rs", &format!("{code}{free}")), [""; 0]);
        assert_eq!(
            faults(length, "src/a.rs", &format!("{code}fn h() {{}}\n")).len(),
            1
        );
    }

    #[test]
    fn a_dead_link_is_found() {
        let page = root().join("README.md");
        let heading = fs::read_to_string(&page).unwrap();
        let anchor = anchors(&heading).into_iter().next().unwrap();
        assert_eq!(
            dead_links(&page, &format!("[a](Cargo.toml) [b](#{anchor}) `[c](none)`")),
            [""; 0]
        );
        assert_eq!(dead_links(&page, "[a](none.md)").len(), 1);
        assert_eq!(dead_links(&page, "[a](README.md#no-such-heading)").len(), 1);
    }
}
