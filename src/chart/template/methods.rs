//! The methods of the values that Helm puts before a template.

use super::funcs::encoding::base64_encode;
use super::funcs::glob::Glob;
use super::funcs::paths;
use super::function::{Failure, Function};
use super::time;
use crate::chart::goyaml;
use crate::chart::semver::Version;
use crate::chart::value::{List, ListType, Map, MapType, Str, Value, to_json};
use foldhash::HashMap;
use jiff::Zoned;
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::LazyLock;

type Methods = HashMap<&'static str, Function>;

/// The method of this name on `receiver`; its first parameter is the receiver.
pub(super) fn find(receiver: &Value, name: &str) -> Option<&'static Function> {
    let methods: &'static Methods = match receiver {
        Value::Map(map) if map.map_type() == MapType::Files => &FILES,
        Value::List(list) if list.list_type() == ListType::VersionSet => &VERSION_SET,
        Value::Struct(object) if object.display.is_some() => &KUBE_VERSION,
        Value::Version(_) => &VERSION,
        Value::Time(_) => &TIME,
        _ => return None,
    };
    methods.get(name)
}

fn methods<const N: usize>(methods: [Function; N]) -> Methods {
    methods.into_iter().map(|method| (method.name, method)).collect()
}

/// `engine.files`, which `.Files` is.
static FILES: LazyLock<Methods> = LazyLock::new(|| {
    methods([
        Function::new("Get", |files: Value, name: Str| file(&files, &name)),
        Function::new("GetBytes", |files: Value, name: Str| {
            Value::Bytes(file(&files, &name))
        }),
        Function::new("Glob", |files: Value, pattern: Str| glob(&files, &pattern)),
        Function::new("AsConfig", |files: Value| {
            as_yaml(&files, |data| Value::Str(data.clone()))
        }),
        Function::new("AsSecrets", |files: Value| {
            as_yaml(&files, |data| Value::from(base64_encode(data)))
        }),
        Function::new("Lines", |files: Value, name: Str| lines(&file(&files, &name))),
    ])
});

fn file(files: &Value, name: &[u8]) -> Str {
    match files {
        Value::Map(map) => match map.get(name) {
            Some(Value::Bytes(data)) => data,
            _ => Str::default(),
        },
        _ => Str::default(),
    }
}

fn glob(files: &Value, pattern: &Str) -> Value {
    let Value::Map(map) = files else {
        return Value::Nil;
    };
    // A pattern that cannot be compiled matches all, as in Helm.
    let glob = Glob::new(&pattern.to_text(), Some('/')).ok();
    let entries = map.snapshot().into_iter();
    let matching = entries.filter(|(name, _)| glob.as_ref().is_none_or(|glob| glob.matches(&name.to_text())));
    Value::Map(Map::of(MapType::Files, matching.collect()))
}

/// The files by their base names, as YAML.
fn as_yaml(files: &Value, convert: impl Fn(&Str) -> Value) -> String {
    let Value::Map(map) = files else {
        return String::new();
    };
    let entries = map.snapshot().into_iter().filter_map(|(name, data)| match data {
        Value::Bytes(data) => Some((Str::from(paths::base(&name.to_text())), convert(&data))),
        _ => None,
    });
    let map = Value::Map(entries.collect());
    to_json(&map).map_or_else(|_| String::new(), |json| goyaml::to_string(&json))
}

fn lines(data: &[u8]) -> Value {
    if data.is_empty() {
        return List::strings(Vec::<Str>::new()).into();
    }
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    List::strings(data.split(|byte| *byte == b'\n').map(Str::from)).into()
}

/// `chartutil.VersionSet`, which `.Capabilities.APIVersions` is.
static VERSION_SET: LazyLock<Methods> = LazyLock::new(|| {
    methods([Function::new(
        "Has",
        |versions: Value, wanted: Str| match versions {
            Value::List(list) => list
                .iter()
                .any(|version| matches!(version, Value::Str(version) if *version == wanted)),
            _ => false,
        },
    )])
});

/// `*chartutil.KubeVersion`.
static KUBE_VERSION: LazyLock<Methods> = LazyLock::new(|| {
    let text = |receiver: Value| match receiver {
        Value::Struct(object) => object.display.clone().unwrap_or_default(),
        _ => String::new(),
    };
    methods([Function::new("String", text), Function::new("GitVersion", text)])
});

/// `*semver.Version`.
static VERSION: LazyLock<Methods> = LazyLock::new(|| {
    methods([
        Function::new("Major", |receiver: Value| {
            version(&receiver).map(|version| Value::Uint64(version.major))
        }),
        Function::new("Minor", |receiver: Value| {
            version(&receiver).map(|version| Value::Uint64(version.minor))
        }),
        Function::new("Patch", |receiver: Value| {
            version(&receiver).map(|version| Value::Uint64(version.patch))
        }),
        Function::new("Prerelease", |receiver: Value| {
            version(&receiver).map(|version| version.prerelease.clone())
        }),
        Function::new("Metadata", |receiver: Value| {
            version(&receiver).map(|version| version.metadata.clone())
        }),
        Function::new("Original", |receiver: Value| {
            version(&receiver).map(|version| version.original.clone())
        }),
        Function::new("String", |receiver: Value| {
            version(&receiver).map(ToString::to_string)
        }),
        Function::new("Compare", |receiver: Value, other: Value| {
            compare(&receiver, &other).map(|order| order as i64)
        }),
        Function::new("Equal", |receiver: Value, other: Value| {
            compare(&receiver, &other).map(Ordering::is_eq)
        }),
        Function::new("LessThan", |receiver: Value, other: Value| {
            compare(&receiver, &other).map(Ordering::is_lt)
        }),
        Function::new("GreaterThan", |receiver: Value, other: Value| {
            compare(&receiver, &other).map(Ordering::is_gt)
        }),
    ])
});

fn version(value: &Value) -> Result<&Rc<Version>, Failure> {
    match value {
        Value::Version(version) => Ok(version),
        other => Err(Failure(format!(
            "wrong type for value; expected *semver.Version; got {}",
            other.type_name()
        ))),
    }
}

fn compare(receiver: &Value, other: &Value) -> Result<Ordering, Failure> {
    Ok(version(receiver)?.cmp(version(other)?))
}

/// `time.Time`.
static TIME: LazyLock<Methods> = LazyLock::new(|| {
    methods([
        Function::new("Format", |at: Rc<Zoned>, layout: Str| {
            time::format(&at, &layout.to_text())
        }),
        Function::new("String", |at: Rc<Zoned>| time::go_string(&at)),
        Function::new("Unix", |at: Rc<Zoned>| {
            super::function::Int64(at.timestamp().as_second())
        }),
        Function::new("UnixMilli", |at: Rc<Zoned>| {
            super::function::Int64(at.timestamp().as_millisecond())
        }),
        Function::new("Year", |at: Rc<Zoned>| i64::from(at.year())),
        Function::new("Day", |at: Rc<Zoned>| i64::from(at.day())),
        Function::new("Hour", |at: Rc<Zoned>| i64::from(at.hour())),
        Function::new("Minute", |at: Rc<Zoned>| i64::from(at.minute())),
        Function::new("Second", |at: Rc<Zoned>| i64::from(at.second())),
        Function::new("YearDay", |at: Rc<Zoned>| i64::from(at.day_of_year())),
        Function::new("UTC", |at: Rc<Zoned>| at.with_time_zone(jiff::tz::TimeZone::UTC)),
    ])
});
