//! A grammar of templates: what the functions take and give, and how the language puts them together.
//!
//! Everything follows from a seed. Left out is what is different each time (the clock, randomness, keys, the order of
//! `keys` and `values`), and what would fill the memory.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A source of choices that follow from a seed: `SplitMix64`.
pub struct Choices(u64);

impl Choices {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("below a usize")
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Whether something that happens once in `n` times happens.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// What may stand at a place, by the letter that stands for it in [`calls`].
fn literals(kind: char) -> &'static [&'static str] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| table(include_str!("../../data/corpus/literals.txt")));
    TABLE.get(&kind).map(Vec::as_slice).unwrap_or_default()
}

/// Calls by what they give. A letter in braces stands for an argument: one of the kinds of [`literals`].
fn calls(kind: char) -> &'static [&'static str] {
    static TABLE: LazyLock<Table> = LazyLock::new(|| table(include_str!("../../data/corpus/calls.txt")));
    TABLE.get(&kind).map(Vec::as_slice).unwrap_or_default()
}

type Table = BTreeMap<char, Vec<&'static str>>;

/// Reads lines of a letter, a space and a text.
fn table(text: &'static str) -> Table {
    let mut table = Table::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (kind, text) = line.split_at(1);
        let kind = kind.chars().next().expect("a letter");
        table
            .entry(kind)
            .or_default()
            .push(text.strip_prefix(' ').expect("a space"));
    }
    table
}

/// An expression that gives `kind`; parentheses are put around a call.
fn expression(choices: &mut Choices, kind: char, depth: usize) -> String {
    // Now and then something of another kind, as people write it.
    // (But for times: what is none stands for now.)
    let kind = if kind != 't' && choices.once_in(60) {
        *choices.of(&['s', 'i', 'f', 'b', 'l', 'd', 'a'])
    } else {
        kind
    };
    match calls(kind) {
        calls if !calls.is_empty() && depth > 0 && !choices.once_in(3) => {
            let call = *choices.of(calls);
            format!("({})", filled(choices, call, depth - 1))
        }
        _ => {
            // `a` is anything at all.
            let kind = if kind == 'a' && choices.once_in(2) {
                *choices.of(&['s', 'i', 'f', 'b', 'l', 'd'])
            } else {
                kind
            };
            (*choices.of(literals(kind))).to_owned()
        }
    }
}

/// A call with its arguments; sometimes the last one is piped in.
fn filled(choices: &mut Choices, call: &str, depth: usize) -> String {
    if call.ends_with('}') && choices.once_in(3) {
        let (call, last) = call.rsplit_once(" {").expect("it ends with an argument");
        let last = last.trim_end_matches('}').chars().next().expect("a letter");
        let piped = expression(choices, last, depth);
        if !piped.starts_with("nil") {
            return format!("{piped} | {}", filled(choices, call, depth));
        }
    }
    let mut text = String::new();
    let mut rest = call;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        // What stands in quotes may have braces of its own.
        if let [kind, b'}', ..] = after.as_bytes() {
            text.push_str(&expression(choices, char::from(*kind), depth));
            rest = &after[2..];
        } else {
            text.push('{');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

fn action(choices: &mut Choices, depth: usize) -> String {
    let kind = *choices.of(&['s', 's', 's', 'i', 'f', 'b', 'l', 'd', 'a']);
    let text = expression(choices, kind, depth);
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    // Only a pair that belongs together can go.
    let inner = inner
        .filter(|inner| balanced(inner))
        .map_or(text.clone(), str::to_owned);
    let (open, close) = *choices.of(&[("{{ ", " }}"), ("{{- ", " }}"), ("{{ ", " -}}"), ("{{", "}}")]);
    if inner == "nil" {
        return "{{ print nil }}".to_owned();
    }
    format!("{open}{inner}{close}")
}

fn balanced(text: &str) -> bool {
    let mut depth = 0;
    for character in text.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// A whole template; `id` keeps what it defines apart from the others.
pub fn template(choices: &mut Choices, id: usize) -> String {
    let body = |depth: usize, choices: &mut Choices| {
        let text = action(choices, depth);
        let (before, after) = *choices.of(&[("", ""), ("x ", " y"), ("\n  ", "\n"), ("", "\n")]);
        format!("{before}{text}{after}")
    };
    match choices.below(18) {
        0 => format!(
            "{{{{ if {} }}}}{}{{{{ else if {} }}}}b{{{{ else }}}}{}{{{{ end }}}}",
            expression(choices, 'b', 2),
            body(2, choices),
            expression(choices, 'a', 1),
            body(1, choices)
        ),
        1 => format!(
            "{{{{ range $i, $e := {} }}}}{{{{ $i }}}}={{{{ $e | toJson }}}};{{{{ else }}}}{}{{{{ end }}}}",
            expression(choices, 'l', 2),
            body(1, choices)
        ),
        2 => format!(
            "{{{{- range $k, $v := {} -}}}} {{{{ $k }}}}: {{{{ $v }}}} {{{{- end }}}}",
            expression(choices, 'd', 2)
        ),
        3 => format!(
            "{{{{ with {} }}}}{{{{ . }}}}{}{{{{ else }}}}none{{{{ end }}}}",
            expression(choices, 'a', 2),
            body(0, choices)
                .replace(".Values", "$.Values")
                .replace(".Release", "$.Release")
                .replace(".Chart", "$.Chart")
        ),
        4 => format!(
            "{{{{ $x := {} }}}}{{{{ if {} }}}}{{{{ $x = {} }}}}{{{{ end }}}}{{{{ $x }}}}|{{{{ kindOf $x }}}}",
            expression(choices, 'a', 1),
            expression(choices, 'b', 1),
            expression(choices, 's', 1)
        ),
        5 => format!(
            "{{{{ define \"d{id}\" }}}}[{{{{ . }}}}]{{{{ end }}}}{{{{ template \"d{id}\" {} }}}}{{{{ include \"d{id}\" {} | {} }}}}",
            expression(choices, 'a', 2),
            expression(choices, 'a', 1),
            choices.of(&["upper", "nindent 2", "quote", "len", "trimSuffix \"]\""])
        ),
        6 => format!(
            "{{{{ range {} }}}}{{{{ if eq . 2 }}}}{{{{ {} }}}}{{{{ end }}}}{{{{ . }}}},{{{{ end }}}}",
            expression(choices, 'l', 1),
            choices.of(&["break", "continue"])
        ),
        7 => format!(
            "key:\n{{{{ {} | {} | nindent {} }}}}\nnext: {{{{ {} }}}}",
            {
                let kind = *choices.of(&['d', 'l', 'a', 's']);
                expression(choices, kind, 2)
            },
            choices.of(&["toYaml", "toYamlPretty", "toJson"]),
            choices.below(5),
            expression(choices, 's', 1)
        ),
        8 => format!(
            "a {{{{/* {} */}}}} b {{{{- /* x */ -}}}} c{}",
            choices.of(&["note", "{{ x }}", ""]),
            body(1, choices)
        ),
        9 => {
            let parts: Vec<String> = (0..3).map(|_| action(choices, 1)).collect();
            parts.join([" ", "\n", "", "\t- "][choices.below(4)])
        }
        _ => body(3, choices),
    }
}
