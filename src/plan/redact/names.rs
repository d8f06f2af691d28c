//! Names that say that a value is secret.

/// Parts of names that give a secret away, in upper case with underscores.
const SECRET_PARTS: [&str; 14] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "MASTER_KEY",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "CREDENTIAL",
    "DSN",
];

/// Endings of names that tell of a secret without being one.
const PLAIN_ENDINGS: [&str; 10] = [
    "_FILE", "_PATH", "_NAME", "_TTL", "_EXPIRY", "_ENABLED", "_LENGTH", "_HEADER", "_TYPE", "_LIMIT",
];

/// Whether a variable or a setting of this name holds a secret: `DATABASE_PASSWORD`, `admin-api-key`, `database.dsn`.
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let name: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    SECRET_PARTS.iter().any(|part| name.contains(part))
        && !PLAIN_ENDINGS.iter().any(|end| name.ends_with(end))
}

/// Whether a value is no secret whatever its name: nothing, a switch, or only references to other variables.
pub(super) fn is_plain(value: &str) -> bool {
    let value = value.trim();
    let reference = value.starts_with("$(") && value.ends_with(')') && !value[2..].contains("$(");
    matches!(value, "" | "true" | "false") || reference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "DATABASE_PASSWORD",
            "jwt-secret",
            "github.token",
            "RAG_MASTER_KEY",
            "adminApiKey",
            "DATABASE_DSN",
        ] {
            assert!(looks_secret(name), "{name}");
        }
        for name in [
            "LOG_LEVEL",
            "TOKEN_TTL",
            "PASSWORD_FILE",
            "KEY",
            "MONKEY",
            "SECRET_NAME",
        ] {
            assert!(!looks_secret(name), "{name}");
        }
    }

    #[test]
    fn a_reference_is_no_secret() {
        assert!(is_plain("$(DB_PASSWORD)"));
        assert!(!is_plain("x$(DB_PASSWORD)"));
    }
}
