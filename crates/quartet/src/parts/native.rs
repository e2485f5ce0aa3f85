//! The services with the backends beside them, each a process on loopback.

use std::time::Duration;

use super::services::{DEFAULTS, api, fulfilment};
use super::{Configuration, Part, Program, Stop, Table};

const TOLD: &[&str] = &[
    "DATABASE_URL",
    "QUARTET_DEMO",
    "QUARTET_DEMO_LATENCY",
    "QUARTET_ENVIRONMENT",
    "QUARTET_FULFILMENT_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PYROSCOPE_SERVER_ADDRESS",
];

/// Where services send what they are not asked for.
const COLLECTOR: &[(&str, &str)] = &[
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "${ALLOY_OTLP_URL}"),
    ("PYROSCOPE_SERVER_ADDRESS", "${ALLOY_PROFILES_URL}"),
];

pub(super) const TABLE: Table = Table {
    files: &[
        "deploy/native/addresses.env",
        "observability/timing/demo.env",
    ],
    defaults: &[DEFAULTS, COLLECTOR],
    parts: &[
        api(TOLD),
        fulfilment(TOLD),
        ALLOY,
        VICTORIAMETRICS,
        VMALERT,
        ALERTMANAGER,
        LOKI,
        TEMPO,
        PYROSCOPE,
    ],
    next: &[
        ("./load.sh", "send it requests of every kind"),
        ("just verify", "follow every link between signals"),
        ("just doctor", "see what each hop took, and lost"),
        ("just footprint", "see what each part costs"),
        ("just status", "see how each part is"),
        ("just down", "stop it"),
    ],
};

const ALLOY: Part = Part {
    name: "alloy",
    program: Program::Backend("alloy"),
    arguments: &[
        "run",
        "${project}/observability/alloy",
        "--server.http.listen-addr=${ALLOY_LISTEN_ADDRESS}:${ALLOY_HTTP_PORT}",
        "--storage.path=data/alloy",
        "--disable-reporting",
        "--server.http.disable-support-bundle",
        "--server.http.enable-pprof=false",
    ],
    told: &[
        "QUARTET_ENVIRONMENT",
        "QUARTET_API_OPERATIONS_ADDRESS",
        "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
    ],
    environment: &[("ALLOY_LINES_FOLDER", "run/logs")],
    listens: &[
        (
            "ALLOY_HTTP_PORT",
            "${ALLOY_LISTEN_ADDRESS}:${ALLOY_HTTP_PORT}",
        ),
        (
            "ALLOY_OTLP_GRPC_PORT",
            "${ALLOY_LISTEN_ADDRESS}:${ALLOY_OTLP_GRPC_PORT}",
        ),
        (
            "ALLOY_OTLP_HTTP_PORT",
            "${ALLOY_LISTEN_ADDRESS}:${ALLOY_OTLP_HTTP_PORT}",
        ),
        (
            "ALLOY_PROFILES_PORT",
            "${ALLOY_LISTEN_ADDRESS}:${ALLOY_PROFILES_PORT}",
        ),
    ],
    ready: "${ALLOY_URL}/-/ready",
    stop: Stop {
        turn: 1,
        grace: Duration::from_secs(15),
    },
    places: &[("Alloy's components", "${ALLOY_URL}/api/v0/web/components")],
    configuration: Some(Configuration {
        folder: "observability/alloy",
        rendered: None,
    }),
};

const VICTORIAMETRICS: Part = Part {
    name: "victoriametrics",
    program: Program::Backend("victoria-metrics"),
    arguments: &[
        "-envflag.enable",
        "-envflag.prefix=VM_",
        "-httpListenAddr=${VICTORIAMETRICS_LISTEN}",
        "-storageDataPath=data/victoriametrics",
    ],
    told: &[],
    environment: &[],
    listens: &[("VICTORIAMETRICS_LISTEN", "${VICTORIAMETRICS_LISTEN}")],
    ready: "${VICTORIAMETRICS_URL}/health",
    stop: Stop {
        turn: 3,
        grace: Duration::from_secs(15),
    },
    places: &[("metrics of all", "${VICTORIAMETRICS_URL}/vmui")],
    configuration: Some(Configuration {
        folder: "observability/victoriametrics",
        rendered: None,
    }),
};

const VMALERT: Part = Part {
    name: "vmalert",
    program: Program::Backend("vmalert"),
    arguments: &[
        "-envflag.enable",
        "-envflag.prefix=VMALERT_",
        "-httpListenAddr=${VMALERT_LISTEN}",
        "-rule=${project}/observability/vmalert/rules/*.yaml",
    ],
    told: &[],
    environment: &[],
    listens: &[("VMALERT_LISTEN", "${VMALERT_LISTEN}")],
    ready: "${VMALERT_URL}/health",
    stop: Stop {
        turn: 2,
        grace: Duration::from_secs(5),
    },
    places: &[("rules and alerts", "${VMALERT_URL}/vmalert/groups")],
    configuration: Some(Configuration {
        folder: "observability/vmalert",
        rendered: None,
    }),
};

const ALERTMANAGER: Part = Part {
    name: "alertmanager",
    program: Program::Backend("alertmanager"),
    arguments: &[
        "--config.file=run/alertmanager.yaml",
        "--storage.path=data/alertmanager",
        "--web.listen-address=${ALERTMANAGER_LISTEN}",
        // One alone: it would look for others on every interface.
        "--cluster.listen-address=",
    ],
    told: &[],
    environment: &[],
    listens: &[("ALERTMANAGER_LISTEN", "${ALERTMANAGER_LISTEN}")],
    ready: "${ALERTMANAGER_URL}/-/ready",
    stop: Stop {
        turn: 3,
        grace: Duration::from_secs(5),
    },
    places: &[("alerts that fire", "${ALERTMANAGER_URL}")],
    configuration: Some(Configuration {
        folder: "observability/alertmanager",
        rendered: Some((
            "observability/alertmanager/alertmanager.yaml",
            "run/alertmanager.yaml",
        )),
    }),
};

const LOKI: Part = Part {
    name: "loki",
    program: Program::Backend("loki"),
    arguments: &[
        "-config.file=${project}/observability/loki/loki.yaml",
        "-config.expand-env=true",
    ],
    told: &[],
    environment: &[("LOKI_DATA", "data/loki")],
    listens: &[
        ("LOKI_HTTP_PORT", "${LOKI_LISTEN_ADDRESS}:${LOKI_HTTP_PORT}"),
        ("LOKI_GRPC_PORT", "${LOKI_LISTEN_ADDRESS}:${LOKI_GRPC_PORT}"),
    ],
    ready: "${LOKI_URL}/ready",
    stop: Stop {
        turn: 2,
        grace: Duration::from_secs(15),
    },
    places: &[("labels of lines", "${LOKI_URL}/loki/api/v1/labels")],
    configuration: Some(Configuration {
        folder: "observability/loki",
        rendered: None,
    }),
};

const TEMPO: Part = Part {
    name: "tempo",
    program: Program::Backend("tempo"),
    arguments: &[
        "-config.file=${project}/observability/tempo/tempo.yaml",
        "-config.expand-env=true",
    ],
    told: &["QUARTET_ENVIRONMENT"],
    environment: &[("TEMPO_DATA", "data/tempo")],
    listens: &[
        (
            "TEMPO_HTTP_PORT",
            "${TEMPO_LISTEN_ADDRESS}:${TEMPO_HTTP_PORT}",
        ),
        (
            "TEMPO_GRPC_PORT",
            "${TEMPO_LISTEN_ADDRESS}:${TEMPO_GRPC_PORT}",
        ),
        ("TEMPO_OTLP_LISTEN", "${TEMPO_OTLP_LISTEN}"),
    ],
    ready: "${TEMPO_URL}/ready",
    stop: Stop {
        turn: 2,
        // Once it has answered a query it does not end by itself; what it took is in its log by then.
        grace: Duration::from_secs(10),
    },
    places: &[("newest traces", "${TEMPO_URL}/api/search?q={}")],
    configuration: Some(Configuration {
        folder: "observability/tempo",
        rendered: None,
    }),
};

const PYROSCOPE: Part = Part {
    name: "pyroscope",
    program: Program::Backend("pyroscope"),
    arguments: &[
        "-config.file=${project}/observability/pyroscope/pyroscope.yaml",
        "-config.expand-env=true",
    ],
    told: &[],
    environment: &[("PYROSCOPE_DATA", "data/pyroscope"), ("PYROSCOPE_V2", "1")],
    listens: &[
        (
            "PYROSCOPE_HTTP_PORT",
            "${PYROSCOPE_LISTEN_ADDRESS}:${PYROSCOPE_HTTP_PORT}",
        ),
        (
            "PYROSCOPE_GRPC_PORT",
            "${PYROSCOPE_LISTEN_ADDRESS}:${PYROSCOPE_GRPC_PORT}",
        ),
        ("PYROSCOPE_RAFT_PORT", "127.0.0.1:${PYROSCOPE_RAFT_PORT}"),
        (
            "PYROSCOPE_GOSSIP_PORT",
            "127.0.0.1:${PYROSCOPE_GOSSIP_PORT}",
        ),
    ],
    ready: "${PYROSCOPE_URL}/ready",
    stop: Stop {
        turn: 2,
        grace: Duration::from_secs(15),
    },
    places: &[(
        "a profile of api, as a graph",
        "${PYROSCOPE_URL}/pyroscope/render?format=dot&from=now-1h&query=process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=\"api\"}",
    )],
    configuration: Some(Configuration {
        folder: "observability/pyroscope",
        rendered: None,
    }),
};
