//! Who speaks: the same attributes on metrics, lines and spans.

use crate::settings::Settings;

/// The name of a called service. The conventions have renamed it to `service.peer.name`; the service graphs of the
/// backends this is made for read the older name.
#[cfg(any(feature = "client", feature = "db"))]
pub(crate) const PEER_SERVICE: &str = "peer.service";

/// The resource of every signal; what `OTEL_RESOURCE_ATTRIBUTES` says goes over what is found out here,
/// and `OTEL_SERVICE_NAME` over both.
pub(crate) fn resource(settings: &Settings) -> Vec<(String, String)> {
    let mut attributes = vec![
        (
            "service.version".to_owned(),
            settings.service_version.clone(),
        ),
        (
            "deployment.environment.name".to_owned(),
            settings.environment.clone(),
        ),
        ("process.pid".to_owned(), std::process::id().to_string()),
        ("telemetry.sdk.language".to_owned(), "rust".to_owned()),
        ("telemetry.sdk.name".to_owned(), "opentelemetry".to_owned()),
    ];
    for (key, value) in &settings.resource {
        attributes.retain(|(known, _)| known != key);
        attributes.push((key.clone(), value.clone()));
    }
    attributes.retain(|(key, _)| key != "service.name");
    attributes.insert(
        0,
        ("service.name".to_owned(), settings.service_name.clone()),
    );
    attributes
}

/// The same for a metric's labels, which know no dots.
pub(crate) fn labels(settings: &Settings) -> Vec<(String, String)> {
    let is_label = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    resource(settings)
        .into_iter()
        .map(|(key, value)| (key.replace(|letter| !is_label(letter), "_"), value))
        .filter(|(key, _)| key.starts_with(|first: char| first.is_ascii_alphabetic()))
        .collect()
}
