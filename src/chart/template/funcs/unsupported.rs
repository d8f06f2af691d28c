//! Functions that make keys and certificates. They are known, so that a chart that has them parses, but each use is an
//! error: a wrong key would be worse.

use crate::chart::template::function::{Failure, Function, Rest};
use crate::chart::value::Value;

/// The functions of Helm's map that are missing here.
const NAMES: [&str; 12] = [
    "bcrypt",
    "buildCustomCert",
    "decryptAES",
    "derivePassword",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "htpasswd",
];

pub(super) fn functions() -> Vec<Function> {
    let refuse = |name: &'static str| {
        Function::new(name, move |_: Rest<Value>| {
            Err::<Value, _>(Failure(format!("function {name} is not supported yet")))
        })
    };
    NAMES
        .into_iter()
        .chain(["genSignedCertWithKey", "toYamlPretty"])
        .map(refuse)
        .collect()
}
