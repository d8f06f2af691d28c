//! Checks of what is typed: each answers with the reason, as it stands beside the field.

/// Kubernetes' DNS-1123 label: a namespace, a Service.
pub fn dns_label(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is needed".into());
    }
    if text.len() > 63 {
        return Err("has more than 63 characters".into());
    }
    lower_alphanumeric(text, |c| c == '-')
}

/// A Helm release's name: a DNS-1123 subdomain of at most 53 characters.
pub fn release_name(text: &str) -> Result<(), String> {
    if text.len() > 53 {
        return Err("has more than 53 characters, Helm's limit".into());
    }
    subdomain(text)
}

/// Kubernetes' DNS-1123 subdomain: the name of a Secret, an ingress class, a host.
pub fn subdomain(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is needed".into());
    }
    if text.len() > 253 {
        return Err("has more than 253 characters".into());
    }
    text.split('.').try_for_each(|label| {
        if label.is_empty() {
            Err("has an empty part between two dots".into())
        } else {
            lower_alphanumeric(label, |c| c == '-')
        }
    })
}

fn lower_alphanumeric(text: &str, also: impl Fn(char) -> bool) -> Result<(), String> {
    if let Some(c) = text.chars().find(char::is_ascii_uppercase) {
        return Err(format!("takes lower-case letters only, not ‘{c}’"));
    }
    if let Some(c) = text
        .chars()
        .find(|c| !c.is_ascii_lowercase() && !c.is_ascii_digit() && !also(*c))
    {
        return Err(format!("takes letters, digits and ‘-’, not ‘{c}’"));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("begins and ends with a letter or a digit".into());
    }
    Ok(())
}

/// A name that may be left empty.
pub fn optional_name(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { subdomain(text) }
}

/// A host to connect to: a DNS name or an address, without scheme and port.
pub fn server(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is needed".into());
    }
    if text.contains("://") {
        return Err("takes the host alone, without ‘scheme://’".into());
    }
    if text.parse::<core::net::IpAddr>().is_ok() {
        return Ok(());
    }
    if text.contains(':') {
        return Err("takes the host alone, the port has a field of its own".into());
    }
    subdomain(&text.to_ascii_lowercase())
}

/// A host that an ingress serves; the first label may be a wildcard.
pub fn ingress_host(text: &str) -> Result<(), String> {
    if text.contains("://") || text.contains('/') {
        return Err("takes the host alone: api.example.com".into());
    }
    if text.parse::<core::net::IpAddr>().is_ok() {
        return Err("must be a name, an ingress does not serve addresses".into());
    }
    subdomain(text.strip_prefix("*.").unwrap_or(text))
}

/// An image tag, as registries accept it.
pub fn image_tag(text: &str) -> Result<(), String> {
    if text.len() > 128 {
        return Err("has more than 128 characters".into());
    }
    if let Some(c) = text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'))
    {
        return Err(format!("takes letters, digits and ‘_’ ‘.’ ‘-’, not ‘{c}’"));
    }
    if text.starts_with(['.', '-']) {
        return Err("begins with a letter, a digit or ‘_’".into());
    }
    Ok(())
}

/// A registry with an optional path: `ghcr.io/acme`.
pub fn registry(text: &str) -> Result<(), String> {
    if text.contains("://") {
        return Err("takes no ‘scheme://’: ghcr.io/acme".into());
    }
    if let Some(c) = text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-' | '/' | ':'))
    {
        return Err(format!("cannot contain ‘{c}’"));
    }
    if text.ends_with('/') {
        return Err("ends without a slash".into());
    }
    Ok(())
}

/// A key in a Secret's data.
pub fn secret_key(text: &str) -> Result<(), String> {
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.' | '-'))
    {
        Some(c) => Err(format!("takes letters, digits and ‘_’ ‘.’ ‘-’, not ‘{c}’")),
        None => Ok(()),
    }
}

/// Something must stand there.
pub fn needed(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        Err("is needed".into())
    } else {
        Ok(())
    }
}

/// A whole number from `low` to `high`.
pub fn whole(text: &str, low: i64, high: i64) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        Ok(_) => Err(format!("must be from {low} to {high}")),
        Err(_) if text.is_empty() => Err("is needed".into()),
        Err(_) => Err("must be a whole number".into()),
    }
}

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<(), String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(()),
        Ok(_) => Err("must be from 0 to 1".into()),
        Err(_) => Err("must be a number from 0 to 1".into()),
    }
}

/// A duration as Prometheus and External Secrets write it: `30s`, `1h`.
pub fn duration(text: &str) -> Result<(), String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    if digits.parse::<u32>().is_ok_and(|n| n > 0) && matches!(unit, "ms" | "s" | "m" | "h") {
        Ok(())
    } else {
        Err("must be a duration: 30s, 5m, 1h".into())
    }
}

/// The ARN of an IAM role.
pub fn role_arn(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is needed for IRSA".into());
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let right = matches!(
        parts.as_slice(),
        ["arn", partition, "iam", "", account, resource]
            if partition.starts_with("aws")
                && account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
    );
    if right {
        Ok(())
    } else {
        Err("must be a role’s ARN: arn:aws:iam::123456789012:role/name".into())
    }
}

/// An OTLP collector's address: `http://collector:4317` or `collector:4317`.
pub fn endpoint(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is needed".into());
    }
    let address = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"))
        .unwrap_or(text);
    let (host, port) = address
        .trim_end_matches('/')
        .rsplit_once(':')
        .ok_or("needs a port: collector:4317")?;
    port.parse::<u16>().map_err(|_| format!("‘{port}’ is no port"))?;
    server(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(dns_label, "developer-mesh", true)]
    #[case(dns_label, "Developer", false)]
    #[case(dns_label, "a.b", false)]
    #[case(dns_label, "-a", false)]
    #[case(subdomain, "a..b", false)]
    #[case(release_name, &"a".repeat(54), false)]
    #[case(server, "10.0.0.1", true)]
    #[case(server, "postgres://db", false)]
    #[case(server, "db:5432", false)]
    #[case(server, "db.eu-1.rds.amazonaws.com", true)]
    #[case(ingress_host, "*.example.com", true)]
    #[case(ingress_host, "https://example.com", false)]
    #[case(image_tag, "1.4.2-rc.1", true)]
    #[case(image_tag, "a b", false)]
    #[case(registry, "ghcr.io/acme", true)]
    #[case(registry, "https://ghcr.io", false)]
    #[case(duration, "30s", true)]
    #[case(duration, "30", false)]
    #[case(share, "0.1", true)]
    #[case(share, "1.1", false)]
    #[case(role_arn, "arn:aws:iam::123456789012:role/mesh", true)]
    #[case(role_arn, "arn:aws:iam::12:role/mesh", false)]
    #[case(endpoint, "http://otel-collector.monitoring:4317", true)]
    #[case(endpoint, "otel-collector", false)]
    fn accepts_and_refuses(
        #[case] check: fn(&str) -> Result<(), String>,
        #[case] text: &str,
        #[case] fine: bool,
    ) {
        assert_eq!(check(text).is_ok(), fine, "{text}: {:?}", check(text));
    }
}
