//! Values as a person types them, read for the wizard.

use serde_json::Value as Json;

/// Reads a values document; the reason is one clear sentence.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    match serde_yaml::from_str::<Json>(text) {
        Ok(Json::Null) => Ok(Json::Object(serde_json::Map::new())),
        Ok(values @ Json::Object(_)) => Ok(values),
        Ok(_) => Err("Values must be a map at the top: key: value".into()),
        Err(error) => {
            let reason = error.to_string();
            let first = reason.lines().next().unwrap_or_default();
            Err(format!("This is not YAML yet: {first}"))
        }
    }
}
