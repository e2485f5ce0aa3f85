//! What the environment may say about telemetry, declared once.

use ipnet::IpNet;
use tracing_subscriber::filter::Targets;

pub use declared::VARIABLES;
pub use profiles::{BasicAuth, Profiles};
pub use traces::{Protocol, Sampler, Traces};
pub use variable::{Variable, Vars, Wrong, list, millis, switch, whole};

use text::{pairs, propagator, word};

mod declared;
mod profiles;
mod text;
mod traces;
mod variable;

/// What telemetry needs to know, read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `service.name` of every signal. `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// `service.version`; the caller knows it.
    pub service_version: String,
    /// `deployment.environment.name`. `QUARTET_ENVIRONMENT`.
    pub environment: String,
    /// Further resource attributes. `OTEL_RESOURCE_ATTRIBUTES`.
    pub resource: Vec<(String, String)>,
    /// Peers whose `traceparent` and `X-Forwarded-*` count. `QUARTET_TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// Which lines are written. `RUST_LOG`.
    pub log: Targets,
    /// How traces are sampled and sent.
    pub traces: Traces,
    /// How profiles are sent.
    pub profiles: Profiles,
    /// Which headers carry context. `OTEL_PROPAGATORS`.
    pub propagators: Vec<Propagator>,
    /// Variables in the environment that the OpenTelemetry specification knows and this crate does not implement.
    pub ignored: Vec<String>,
}

/// The context formats that this crate reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Propagator {
    /// W3C Trace Context.
    TraceContext,
    /// W3C Baggage.
    Baggage,
}

impl Settings {
    /// Reads the process environment.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_env(service_name: &str, service_version: &str) -> Result<Self, Wrong> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one reader of the environment in this crate"
        )]
        let mut settings = Self::from_vars(service_name, service_version, &|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the one reader of the environment in this crate"
        )]
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        settings.ignored = names
            .filter(|name| {
                name.starts_with("OTEL_") && VARIABLES.iter().all(|variable| variable.name != name)
            })
            .collect();
        settings.ignored.sort();
        Ok(settings)
    }

    /// Reads from `source`, which returns nothing for what is unset.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_vars(
        service_name: &str,
        service_version: &str,
        source: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Wrong> {
        let vars = Vars::new(source);
        let service_name = match vars.set(&declared::SERVICE_NAME) {
            Some(_) => vars.parse(&declared::SERVICE_NAME, word)?,
            None => service_name.to_owned(),
        };
        let disabled = vars.parse(&declared::DISABLED, |text| {
            match text.to_ascii_lowercase().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            }
        })?;
        let mut traces = Traces::from_vars(&vars)?;
        if disabled {
            traces.endpoint = None;
            traces.sampler = Sampler {
                parent_based: false,
                ratio: 0.0,
            };
        }
        Ok(Self {
            service_name,
            service_version: service_version.to_owned(),
            environment: vars.parse(&declared::ENVIRONMENT, word)?,
            resource: vars.parse(&declared::RESOURCE_ATTRIBUTES, pairs)?,
            trusted_proxies: vars.parse(&declared::TRUSTED_PROXIES, |text| match text {
                "none" => Some(Vec::new()),
                text => list(|block| block.parse().ok())(text),
            })?,
            log: vars.parse(&declared::LOG, |text| text.parse().ok())?,
            traces,
            profiles: Profiles::from_vars(&vars)?,
            propagators: vars.parse(&declared::PROPAGATORS, |text| match text {
                "none" => Some(Vec::new()),
                text => list(propagator)(text),
            })?,
            ignored: Vec::new(),
        })
    }

    /// The defaults, untouched by the environment.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a test holds the defaults to what is allowed"
    )]
    pub fn for_tests(service_name: &str) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "a test holds the defaults to what is allowed"
        )]
        Self::from_vars(service_name, "0.0.0", &|_| None).expect("defaults are allowed")
    }
}

#[cfg(test)]
mod tests {
    use super::{Protocol, Sampler, Settings, VARIABLES, Wrong};

    fn read(vars: &[(&str, &str)]) -> Result<Settings, Wrong> {
        Settings::from_vars("api", "1.2.3", &|name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_defaults_are_allowed_and_export_nothing() {
        let settings = read(&[]).unwrap();

        assert_eq!(settings.service_name, "api");
        assert_eq!(settings.traces.endpoint, None);
        assert_eq!(
            settings.traces.sampler,
            Sampler {
                parent_based: true,
                ratio: 1.0
            }
        );
    }

    #[test]
    fn each_refused_value_is_blamed_by_name() {
        for variable in VARIABLES {
            let wrong = read(&[(variable.name, variable.refused)]).unwrap_err();

            let line = wrong.to_string();
            assert_eq!(wrong.name(), variable.name);
            assert!(
                line.contains(variable.allowed) && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn a_name_without_a_password_is_refused_and_the_other_way_round() {
        let user = ("PYROSCOPE_BASIC_AUTH_USER", "api");
        let password = ("PYROSCOPE_BASIC_AUTH_PASSWORD", "secret:word");

        let both = read(&[user, password]).unwrap().profiles;

        let shown = format!("{both:?}");
        assert_eq!(both.basic_auth.unwrap().password, "secret:word");
        assert!(!shown.contains("secret"), "{shown}");
        assert_eq!(read(&[user]).unwrap_err().name(), password.0);
        assert_eq!(read(&[password]).unwrap_err().name(), user.0);
    }

    #[test]
    fn the_general_address_gets_the_path_of_the_signal_over_http_only() {
        let general = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://alloy:4318/");

        let over_http = read(&[general]).unwrap().traces;
        let over_grpc = read(&[general, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")])
            .unwrap()
            .traces;
        let own = read(&[
            general,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://tempo:4318/x"),
        ])
        .unwrap()
        .traces;

        assert_eq!(
            over_http.endpoint.as_deref(),
            Some("http://alloy:4318/v1/traces")
        );
        assert_eq!(over_grpc.protocol, Protocol::Grpc);
        assert_eq!(over_grpc.endpoint.as_deref(), Some("http://alloy:4318/"));
        assert_eq!(own.endpoint.as_deref(), Some("http://tempo:4318/x"));
    }

    #[test]
    fn a_disabled_sdk_neither_samples_nor_exports() {
        let settings = read(&[
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://alloy:4318"),
        ])
        .unwrap();

        assert_eq!(settings.traces.endpoint, None);
        assert_eq!(settings.traces.sampler.ratio, 0.0);
    }

    #[test]
    fn values_of_pairs_are_percent_decoded() {
        let settings = read(&[("OTEL_RESOURCE_ATTRIBUTES", "project=dev, team=a%2Cb")]).unwrap();

        let pairs = [
            ("project".to_owned(), "dev".to_owned()),
            ("team".to_owned(), "a,b".to_owned()),
        ];
        assert_eq!(settings.resource, pairs);
    }
}
