//! The table of parts: what runs, where it listens, what it is told.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail, ensure};

/// The variable by which a part learns where it serves its users.
const PUBLIC: &str = "QUARTET_HTTP_ADDRESS";
/// The variable by which a part learns where it serves its operators.
const OPERATIONS: &str = "QUARTET_OPERATIONS_ADDRESS";
/// The variable by which a part finds `fulfilment`.
const FULFILMENT_URL: &str = "QUARTET_FULFILMENT_URL";

/// A process that belongs to a Quartet.
#[derive(Debug)]
pub(crate) struct Part {
    /// Name of the binary, of its log, and of the part in every command.
    pub(crate) name: &'static str,
    pub(crate) public: Place,
    pub(crate) operations: Place,
    environment: &'static [(&'static str, &'static str)],
    /// Pages a person may want to open: title and path on the public address.
    pub(crate) pages: &'static [(&'static str, &'static str)],
}

/// An address, and the variable by which the user sets it: one that all parts read could not tell them apart.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) variable: &'static str,
    default: &'static str,
}

// Relative to the root, so that no character of its path needs escaping.
const DATABASE: (&str, &str) = ("DATABASE_URL", "sqlite://data/quartet.db");

/// All parts, in the order in which they are shown. They start in parallel.
pub(crate) const PARTS: &[Part] = &[
    Part {
        name: "api",
        public: Place {
            variable: "QUARTET_API_HTTP_ADDRESS",
            default: "127.0.0.1:8000",
        },
        operations: Place {
            variable: "QUARTET_API_OPERATIONS_ADDRESS",
            default: "127.0.0.1:9000",
        },
        environment: DEMO,
        pages: &[("API", ""), ("API documentation", "/docs")],
    },
    Part {
        name: FULFILMENT,
        public: Place {
            variable: "QUARTET_FULFILMENT_HTTP_ADDRESS",
            default: "127.0.0.1:8010",
        },
        operations: Place {
            variable: "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
            default: "127.0.0.1:9010",
        },
        environment: DEMO,
        pages: &[],
    },
];

/// The part that works on jobs.
pub(crate) const FULFILMENT: &str = "fulfilment";

const DEMO: &[(&str, &str)] = &[
    DATABASE,
    ("QUARTET_DEMO", "on"),
    ("QUARTET_DEMO_LATENCY", "on"),
    ("QUARTET_ENVIRONMENT", "demo"),
];

/// A part with what this start gives it; what the user's environment sets wins.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) part: &'static Part,
    pub(crate) public: SocketAddr,
    pub(crate) operations: SocketAddr,
    /// What to add to the environment that the part inherits.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Plan {
    /// The plan of every part under the environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "what the user sets decides where the parts listen"
    )]
    pub(crate) fn all() -> Result<Vec<Self>> {
        let environment: HashMap<_, _> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self::under(&|name: &str| {
            environment
                .get(name)
                .map(|value| value.to_string_lossy().into_owned())
        })
    }

    fn under(variable: &impl Fn(&str) -> Option<String>) -> Result<Vec<Self>> {
        for (shared, own) in [
            (PUBLIC, "QUARTET_API_HTTP_ADDRESS"),
            (OPERATIONS, "QUARTET_API_OPERATIONS_ADDRESS"),
        ] {
            if let Some(value) = variable(shared) {
                bail!("{shared}={value} cannot be for every part: set {own} and the like instead");
            }
        }
        let plans = PARTS.iter().map(|part| Self::new(part, variable));
        let mut plans = plans.collect::<Result<Vec<_>>>()?;
        tell_apart(&plans)?;
        introduce(&mut plans, variable);
        Ok(plans)
    }

    fn new(part: &'static Part, variable: &impl Fn(&str) -> Option<String>) -> Result<Self> {
        let public = address(&part.public, variable)?;
        let operations = address(&part.operations, variable)?;
        let defaults = part.environment.iter();
        let mut environment: Vec<_> = defaults
            .filter(|(name, _)| variable(name).is_none())
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        environment.push((PUBLIC, public.to_string()));
        environment.push((OPERATIONS, operations.to_string()));
        Ok(Self {
            part,
            public,
            operations,
            environment,
        })
    }

    /// Where the program lies: beside this one.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        let own = std::env::current_exe().context("failed to find the program's own file")?;
        let program = own.with_file_name(self.part.name);
        ensure!(
            program.is_file(),
            "{} is not built: no such file {}",
            self.part.name,
            program.display()
        );
        Ok(program)
    }

    /// Tells one build of the program from the next.
    pub(crate) fn build(&self) -> Option<String> {
        let file = self.program().ok()?.metadata().ok()?;
        let built = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{}-{}", built.as_nanos(), file.len()))
    }

    /// Its addresses, with the variables by which the user moves them.
    pub(crate) fn places(&self) -> [(&'static str, SocketAddr); 2] {
        [
            (self.part.public.variable, self.public),
            (self.part.operations.variable, self.operations),
        ]
    }
}

/// The variables that are meant for this program and none of its parts.
pub(crate) fn own_variables() -> impl Iterator<Item = &'static str> {
    PARTS
        .iter()
        .flat_map(|part| [part.public.variable, part.operations.variable])
}

/// Two parts on one port could not both start, and which of them did would be chance.
fn tell_apart(plans: &[Plan]) -> Result<()> {
    let mut taken: HashMap<u16, &str> = HashMap::new();
    for (variable, address) in plans.iter().flat_map(Plan::places) {
        if let Some(other) = taken.insert(address.port(), variable) {
            bail!("{other} and {variable} are on one port, {}", address.port());
        }
    }
    Ok(())
}

/// Tells everybody where `fulfilment` is, unless the user does.
fn introduce(plans: &mut [Plan], variable: &impl Fn(&str) -> Option<String>) {
    if variable(FULFILMENT_URL).is_some() {
        return;
    }
    let fulfilment = plans.iter().find(|plan| plan.part.name == FULFILMENT);
    let Some(url) = fulfilment.map(|plan| format!("http://{}", reachable(plan.public))) else {
        return;
    };
    for plan in plans {
        plan.environment.push((FULFILMENT_URL, url.clone()));
    }
}

/// The address as something on this machine can reach it.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn address(place: &Place, variable: &impl Fn(&str) -> Option<String>) -> Result<SocketAddr> {
    let (name, default) = (place.variable, place.default);
    let value = variable(name).unwrap_or_else(|| default.to_owned());
    let address: SocketAddr = value
        .parse()
        .with_context(|| format!("{name}={value} is not an address such as {default}"))?;
    ensure!(
        address.port() != 0,
        "{name}={value} leaves the port open: name one, such as {default}"
    );
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plans(variables: &[(&str, &str)]) -> Result<Vec<Plan>> {
        Plan::under(&|name| {
            let found = variables.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn told(plan: &Plan, name: &str) -> Option<String> {
        let found = plan.environment.iter().find(|(told, _)| *told == name);
        found.map(|(_, value)| value.clone())
    }

    #[test]
    fn parts_get_their_defaults() {
        let plans = plans(&[]).unwrap();

        let ports: Vec<_> = plans
            .iter()
            .map(|plan| (plan.part.name, plan.public.port(), plan.operations.port()))
            .collect();
        assert_eq!(ports, [("api", 8000, 9000), ("fulfilment", 8010, 9010)]);
        for plan in &plans {
            assert_eq!(told(plan, "QUARTET_DEMO").as_deref(), Some("on"));
            assert_eq!(told(plan, "DATABASE_URL").as_deref(), Some(DATABASE.1));
            assert_eq!(told(plan, PUBLIC), Some(plan.public.to_string()));
            assert_eq!(told(plan, OPERATIONS), Some(plan.operations.to_string()));
        }
    }

    #[test]
    fn what_the_user_sets_wins() {
        let set = [
            ("QUARTET_API_HTTP_ADDRESS", "127.0.0.1:8123"),
            ("QUARTET_DEMO", "off"),
        ];
        let plans = plans(&set).unwrap();

        assert_eq!(plans[0].public.port(), 8123);
        assert_eq!(plans[1].public.port(), 8010);
        assert_eq!(told(&plans[0], PUBLIC).as_deref(), Some("127.0.0.1:8123"));
        assert_eq!(told(&plans[0], "QUARTET_DEMO"), None);
        assert!(told(&plans[0], "QUARTET_DEMO_LATENCY").is_some());
    }

    #[test]
    fn everybody_is_told_where_fulfilment_is() {
        let url = |variables: &[_]| told(&plans(variables).unwrap()[0], FULFILMENT_URL);

        let moved = ("QUARTET_FULFILMENT_HTTP_ADDRESS", "0.0.0.0:8321");
        assert_eq!(url(&[]).as_deref(), Some("http://127.0.0.1:8010"));
        assert_eq!(url(&[moved]).as_deref(), Some("http://127.0.0.1:8321"));
        assert_eq!(url(&[(FULFILMENT_URL, "none")]), None);
    }

    #[test]
    fn a_wrong_address_is_named() {
        let name = "QUARTET_FULFILMENT_OPERATIONS_ADDRESS";
        for wrong in ["nonsense", "8000", "127.0.0.1:0"] {
            let error = plans(&[(name, wrong)]).unwrap_err().to_string();
            assert!(error.contains(&format!("{name}={wrong}")), "{error}");
        }
    }

    #[test]
    fn an_address_for_every_part_is_refused() {
        for name in [PUBLIC, OPERATIONS] {
            let error = plans(&[(name, "127.0.0.1:8123")]).unwrap_err().to_string();
            assert!(error.contains("cannot be for every part"), "{error}");
        }
    }

    #[test]
    fn two_parts_on_one_port_are_named() {
        let error = plans(&[("QUARTET_API_HTTP_ADDRESS", "0.0.0.0:9010")]);

        let error = error.unwrap_err().to_string();
        for name in [
            "QUARTET_API_HTTP_ADDRESS",
            "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
            "9010",
        ] {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn every_interface_is_reached_over_loopback() {
        let all = "0.0.0.0:9000".parse().unwrap();
        let one = "10.0.0.7:9000".parse().unwrap();

        assert_eq!(reachable(all).to_string(), "127.0.0.1:9000");
        assert_eq!(reachable(one), one);
    }
}
