//! The table of parts: what runs, where it listens, what it is told.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, ensure};

/// The variable that says where a part serves its users.
pub(crate) const PUBLIC: &str = "QUARTET_HTTP_ADDRESS";
/// The variable that says where a part serves its operators.
pub(crate) const OPERATIONS: &str = "QUARTET_OPERATIONS_ADDRESS";

/// A process that belongs to a Quartet.
#[derive(Debug)]
pub(crate) struct Part {
    /// Name of the binary, of its log, and of the part in every command.
    pub(crate) name: &'static str,
    public: &'static str,
    operations: &'static str,
    environment: &'static [(&'static str, &'static str)],
    /// Pages a person may want to open: title and path on the public address.
    pub(crate) pages: &'static [(&'static str, &'static str)],
}

/// All parts, in the order in which they are shown. They start in parallel.
pub(crate) const PARTS: &[Part] = &[Part {
    name: "api",
    public: "127.0.0.1:8000",
    operations: "127.0.0.1:9000",
    environment: &[
        // Relative to the root, so that no character of its path needs escaping.
        ("DATABASE_URL", "sqlite://data/quartet.db"),
        ("QUARTET_DEMO", "on"),
        ("QUARTET_DEMO_LATENCY", "on"),
        ("QUARTET_ENVIRONMENT", "demo"),
    ],
    pages: &[("API", ""), ("API documentation", "/docs")],
}];

/// A part with what this start gives it; what the user's environment sets wins.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) part: &'static Part,
    pub(crate) public: SocketAddr,
    pub(crate) operations: SocketAddr,
    /// What to add to the environment that the part inherits.
    pub(crate) environment: Vec<(&'static str, &'static str)>,
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
        let variable = |name: &str| {
            environment
                .get(name)
                .map(|value| value.to_string_lossy().into_owned())
        };
        PARTS
            .iter()
            .map(|part| Self::new(part, &variable))
            .collect()
    }

    fn new(part: &'static Part, variable: &impl Fn(&str) -> Option<String>) -> Result<Self> {
        let defaults = [(PUBLIC, part.public), (OPERATIONS, part.operations)];
        Ok(Self {
            part,
            public: address(PUBLIC, part.public, variable)?,
            operations: address(OPERATIONS, part.operations, variable)?,
            environment: defaults
                .into_iter()
                .chain(part.environment.iter().copied())
                .filter(|(name, _)| variable(name).is_none())
                .collect(),
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

fn address(
    name: &str,
    default: &str,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<SocketAddr> {
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

    fn plan(variables: &[(&str, &str)]) -> Result<Plan> {
        Plan::new(&PARTS[0], &|name| {
            let found = variables.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_part_gets_its_defaults() {
        let plan = plan(&[]).unwrap();

        assert_eq!(plan.public.port(), 8000);
        assert_eq!(plan.operations.port(), 9000);
        assert!(plan.environment.contains(&("QUARTET_DEMO", "on")));
        assert!(plan.environment.contains(&(PUBLIC, "127.0.0.1:8000")));
    }

    #[test]
    fn what_the_user_sets_wins() {
        let plan = plan(&[(PUBLIC, "127.0.0.1:8123"), ("QUARTET_DEMO", "off")]).unwrap();

        assert_eq!(plan.public.port(), 8123);
        let given: Vec<_> = plan.environment.iter().map(|(name, _)| *name).collect();
        assert!(!given.contains(&PUBLIC) && !given.contains(&"QUARTET_DEMO"));
        assert!(given.contains(&"QUARTET_DEMO_LATENCY"));
    }

    #[test]
    fn a_wrong_address_is_named() {
        for wrong in ["nonsense", "8000", "127.0.0.1:0"] {
            let error = plan(&[(OPERATIONS, wrong)]).unwrap_err().to_string();
            assert!(error.contains(&format!("{OPERATIONS}={wrong}")), "{error}");
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
