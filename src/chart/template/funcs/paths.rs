//! Paths with forward slashes.

use crate::chart::template::function::Function;
use crate::chart::value::Str;

pub(super) fn functions() -> Vec<Function> {
    let base = |path: Str| base(&path.to_text());
    let dir = |path: Str| dir(&path.to_text());
    let clean = |path: Str| clean(&path.to_text());
    let ext = |path: Str| ext(&path.to_text()).to_owned();
    let is_abs = |path: Str| path.starts_with(b"/");
    vec![
        Function::new("base", base),
        Function::new("dir", dir),
        Function::new("clean", clean),
        Function::new("ext", ext),
        Function::new("isAbs", is_abs),
        Function::new("osBase", base),
        Function::new("osDir", dir),
        Function::new("osClean", clean),
        Function::new("osExt", ext),
        Function::new("osIsAbs", is_abs),
    ]
}

/// The last element.
pub(in crate::chart::template) fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    let last = trimmed.rsplit('/').next().unwrap_or_default();
    if last.is_empty() {
        "/".to_owned()
    } else {
        last.to_owned()
    }
}

/// All but the last element.
fn dir(path: &str) -> String {
    clean(
        path.rfind('/')
            .and_then(|slash| path.get(..=slash))
            .unwrap_or_default(),
    )
}

fn ext(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.')
        .and_then(|dot| last.get(dot..))
        .unwrap_or_default()
}

/// The shortest path that means the same.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut elements: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            ".." if is_rooted => {}
            element => elements.push(element),
        }
    }
    let joined = elements.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_mean_what_they_mean_in_go() {
        for (path, cleaned, last, parent) in [
            ("", ".", ".", "."),
            ("a/../b", "b", "b", "."),
            ("/../a//b/", "/a/b", "b", "/a/b"),
            ("../..", "../..", "..", ".."),
            ("/", "/", "/", "/"),
            ("a/b.c", "a/b.c", "b.c", "a"),
        ] {
            assert_eq!(
                (clean(path), base(path), dir(path)),
                (cleaned.into(), last.into(), parent.into()),
                "{path}"
            );
        }
        assert_eq!(ext("a.b/c"), "");
        assert_eq!(ext("a/b.c.d"), ".d");
    }
}
