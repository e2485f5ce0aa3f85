use console::store::{MapEdge, MapNode, MapNodeKind, ServiceMap};

pub(crate) fn map() -> ServiceMap {
    use MapNodeKind::{Database, Remote, Service, User};
    let nodes = [
        ("user", User, 0.0, 0.0),
        ("api", Service, 18.9, 0.011),
        ("fulfilment", Service, 7.7, 0.004),
        ("sqlite", Database, 61.2, 0.0),
        ("carrier <b>", Remote, 3.8, 0.0),
    ];
    let edges = [
        ("user", "api", 18.9, 0.011, 0.0031, 0.042),
        ("api", "fulfilment", 7.7, 0.004, 0.0021, 0.19),
        ("api", "sqlite", 48.0, 0.0, 0.0004, 0.0021),
        ("fulfilment", "sqlite", 13.2, 0.0, 0.0005, 0.0032),
        ("fulfilment", "carrier <b>", 3.8, 0.0, 0.12, 0.19),
    ];
    ServiceMap {
        nodes: nodes
            .map(|(name, kind, rate, error_share)| MapNode {
                name: name.to_owned(),
                kind,
                rate,
                error_share,
            })
            .to_vec(),
        edges: edges
            .map(|(from, to, rate, error_share, p50, p95)| MapEdge {
                from: from.to_owned(),
                to: to.to_owned(),
                rate,
                error_share,
                p50,
                p95,
                example_trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
            })
            .to_vec(),
    }
}
