//! The service map, which the data source of traces draws from metrics, and the links of its nodes.

use serde::Deserialize;

use super::Error;
use super::source::{Source, Sources};

const SETTING: &str = "serviceMap";

#[derive(Debug, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    datasource_uid: String,
}

/// The data source that the map is drawn from.
pub(crate) fn metrics<'s>(sources: &'s Sources, traces: &Source) -> Result<&'s Source, Error> {
    let settings: Settings = traces.setting(SETTING)?;
    sources.target(traces, &settings.datasource_uid, SETTING, "prometheus")
}

/// The arrows of the map over the last `seconds`, as PromQL.
pub(crate) fn arrows(seconds: u64) -> String {
    format!("sum by (client, server) (rate(traces_service_graph_request_total[{seconds}s]))")
}

/// The metrics that a node opens, by the titles of its links.
pub(crate) fn node_metrics(node: &str) -> [(&'static str, String); 3] {
    let rate = |metric: &str| {
        format!("rate(traces_service_graph_{metric}{{server=\"{node}\"}}[$__rate_interval])")
    };
    [
        (
            "Request rate",
            format!("sum by (client, server)({})", rate("request_total")),
        ),
        (
            "Request histogram",
            format!(
                "histogram_quantile(0.9, sum({}) by (le, client, server))",
                rate("request_server_seconds_bucket")
            ),
        ),
        (
            "Failed request rate",
            format!("sum by (client, server)({})", rate("request_failed_total")),
        ),
    ]
}

/// The traces that a node opens, as TraceQL.
pub(crate) fn node_traces(node: &str) -> String {
    format!("{{resource.service.name=\"{node}\"}}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{metrics, node_metrics};
    use crate::links::source::{Source, Sources};

    #[test]
    fn the_map_needs_a_source_of_metrics() {
        let source = |value| serde_json::from_value::<Source>(value).unwrap();
        let traces = |uid: &str| {
            source(json!({
                "uid": "traces", "type": "tempo", "jsonData": { "serviceMap": { "datasourceUid": uid } },
            }))
        };
        let sources = Sources(vec![
            source(json!({ "uid": "metrics", "type": "prometheus" })),
            source(json!({ "uid": "logs", "type": "loki" })),
        ]);

        assert_eq!(
            metrics(&sources, &traces("metrics")).unwrap().uid,
            "metrics"
        );
        assert!(metrics(&sources, &traces("logs")).is_err());
    }

    #[test]
    fn a_node_opens_its_rate() {
        assert_eq!(
            node_metrics("api")[0].1,
            "sum by (client, server)(rate(traces_service_graph_request_total{server=\"api\"}[$__rate_interval]))"
        );
    }
}
