//! Something is misspelt in Grafana's or in Alloy's configuration.

use super::OF_LINES;
use crate::checkout::{Checkout, real};
use crate::said::Said;
use crate::stack::Stack;

const SOURCES: &str = "observability/grafana/provisioning/datasources/quartet.yaml";

pub(super) fn derived_field_misspelt(stack: &mut Stack) {
    let checkout = Checkout::new();
    checkout.replace(SOURCES, "matcherRegex: ^trace$$", "matcherRegex: ^tarce$$");

    stack.verify(checkout.path(), |said| {
        said.only_broken(&["log → trace"], "see derivedFields")
    });
    stack.doctor(Said::well);
}

pub(super) fn profile_attribute_missing(stack: &mut Stack) {
    let checkout = Checkout::new();
    checkout.replace(
        "observability/alloy/main.alloy",
        "// Service graphs know databases by the older name only.",
        "`delete_key(attributes, \"pyroscope.profile.id\")`,",
    );
    stack.change_alloy(checkout.path());

    stack.verify(&real(), |said| {
        said.only_broken(&["trace → profile"], "pyroscope.profile.id")
    });
    stack.doctor(Said::well);
}

/// Alloy sends spans where nobody listens.
pub(super) fn wrong_port_in_alloy(stack: &mut Stack) {
    stack.change("alloy", |origin| {
        origin.with("TEMPO_OTLP_ADDRESS", "127.0.0.1:9")
    });

    let of_traces = ["log → trace", "trace → logs", "trace → profile"];
    stack.verify(&real(), |said| said.broken(&of_traces, "Tempo has no"));
    stack.doctor(|said| said.both_lose("spans", "Alloy → Tempo", "forwarded nothing"));
}

/// In a stack of its own: where numbers with the label came before, they are found for minutes. The map of a new one
/// is the last to come, maybe later than this waits.
pub(super) fn scrape_label_missing() {
    let checkout = Checkout::new();
    checkout.replace(
        "observability/alloy/modes/native.alloy",
        "\"service_name\" = \"api\",",
        "",
    );
    let stack = Stack::of(checkout.path());

    let of_metrics = [
        "trace → metrics: rate, errors, p99",
        "trace → metrics: of a failure",
        "metric → trace: data link",
    ];
    stack.verify(&real(), |said| said.broken(&of_metrics, ""));
    stack.doctor(|said| {
        said.loses(
            "api",
            "metrics",
            "VictoriaMetrics",
            "no label service_name is api",
        )?;
        said.keeps("fulfilment", "metrics")
    });
}

/// In a stack of its own, as the one above.
pub(super) fn wrong_service_label_in_loki() {
    let checkout = Checkout::new();
    checkout.replace(
        "observability/alloy/logs.alloy",
        "stage.label_drop {",
        "stage.static_labels {\n\t\tvalues = {\"service_name\" = \"other\"}\n\t}\n\n\tstage.label_drop {",
    );
    let stack = Stack::of(checkout.path());

    stack.verify(&real(), |said| said.broken(OF_LINES, "Loki has no line"));
    stack.doctor(|said| said.both_lose("lines", "Loki", "no label service_name is"));
}
