//! Which series there may be, whatever was sent.

use proptest::prelude::{TestCaseError, prop_assert};
use wire::openmetrics::{Exposition, Format, parse};

use crate::vocabulary::{ERROR_TYPES, METHODS, ROUTES, SCHEMES, UNSENT};
use crate::world::World;

/// Both formats are well-formed, and each label's value is one of ours.
pub(crate) fn check(world: &World) -> Result<(), TestCaseError> {
    for (media, format) in [
        ("application/openmetrics-text", Format::OpenMetrics),
        ("text/plain", Format::Prometheus),
    ] {
        let text = world.api.metrics_text(media);
        let metrics = parse(&text, format)
            .map_err(|error| TestCaseError::fail(format!("{error} in {text}")))?;
        check_labels(world, &metrics)?;
    }
    Ok(())
}

fn check_labels(world: &World, metrics: &Exposition) -> Result<(), TestCaseError> {
    let samples = metrics.families.iter().flat_map(|family| &family.samples);
    for sample in samples {
        for (name, value) in &sample.labels {
            let known = is_known(&world.baseline, name, value);
            prop_assert!(known, "{} has {name}={value:?}", sample.name);
        }
    }
    Ok(())
}

fn is_known(baseline: &Exposition, name: &str, value: &str) -> bool {
    match name {
        "http_request_method" => METHODS.contains(&value),
        "http_route" => ROUTES.contains(&value),
        "http_response_status_code" => {
            value.is_empty()
                || (value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_digit()))
        }
        "url_scheme" => SCHEMES.contains(&value),
        "error_type" if ERROR_TYPES.contains(&value) || UNSENT.contains(&value) => true,
        _ => {
            let samples = baseline.families.iter().flat_map(|family| &family.samples);
            let mut labels = samples.filter_map(|sample| sample.label(name));
            labels.any(|known| known == value)
        }
    }
}
