//! What Helm itself adds: `include`, `tpl`, `required`, `fail`, `lookup`.

use crate::chart::template::exec::{Exec, fail_text};
use crate::chart::template::function::{Failure, Function};
use crate::chart::value::{Str, Value, from_cluster_json};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("include", |exec: &mut Exec<'_>, name: Str, data: Value| {
            exec.include(&name, data)
        }),
        Function::new("tpl", |exec: &mut Exec<'_>, text: Str, data: Value| {
            exec.tpl(&text, data)
        }),
        Function::new("required", |message: Str, value: Value| match &value {
            Value::Nil => Err(Failure(fail_text(&message))),
            Value::Str(text) if text.is_empty() => Err(Failure(fail_text(&message))),
            _ => Ok(value),
        }),
        Function::new("fail", |message: Str| {
            Err::<Value, _>(Failure(fail_text(&message)))
        }),
        Function::new("lookup", lookup),
        // Helm answers this with nothing unless it was allowed to ask the network.
        Function::new("getHostByName", |_: Str| ""),
    ]
}

fn lookup(
    exec: &mut Exec<'_>,
    api_version: Str,
    kind: Str,
    namespace: Str,
    name: Str,
) -> Result<Value, Failure> {
    let found = exec.lookup().lookup(
        &api_version.to_text(),
        &kind.to_text(),
        &namespace.to_text(),
        &name.to_text(),
    );
    found.map(|json| from_cluster_json(&json)).map_err(Failure)
}
