//! The ports of this machine that lead into a stack: all on loopback, and each stack has its own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result, bail};

use super::Stack;
use crate::variables::Variables;

/// A port that a person needs, and the variable of the settings that moves it.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) part: &'static str,
    pub(super) variable: &'static str,
    default: u16,
    /// What to open there, if it is for people: a title and a path.
    pub(super) page: Option<(&'static str, &'static str)>,
}

pub(super) const API: &str = "api";
pub(super) const GRAFANA: &str = "grafana";

pub(super) const PORTS: &[Port] = &[
    Port {
        part: GRAFANA,
        variable: "GRAFANA_PORT",
        default: 3000,
        page: Some(("Grafana", "")),
    },
    Port {
        part: API,
        variable: "API_PORT",
        default: 8000,
        page: Some(("API documentation", "/docs")),
    },
    Port {
        part: API,
        variable: "API_OPERATIONS_PORT",
        default: 9000,
        page: Some(("metrics of api", "/metrics")),
    },
    Port {
        part: "fulfilment",
        variable: "FULFILMENT_OPERATIONS_PORT",
        default: 9010,
        page: Some(("metrics of fulfilment", "/metrics")),
    },
    Port {
        part: "alloy",
        variable: "OTLP_GRPC_PORT",
        default: 4317,
        page: None,
    },
    Port {
        part: "alloy",
        variable: "OTLP_HTTP_PORT",
        default: 4318,
        page: Some(("OTLP for your own services", "")),
    },
    Port {
        part: "alloy",
        variable: "PROFILES_PORT",
        default: 4040,
        page: Some(("profiles of your own services", "")),
    },
];

/// Between the ports of one stack and those of the next.
const STEP: u16 = 100;
/// With a tenth, one stack's `api` would meet another's operations.
const STACKS: u16 = 9;

impl Port {
    /// Where it is, as the settings have it.
    pub(super) fn number(&self, variables: &Variables) -> Result<u16> {
        match variables.get(self.variable) {
            None => Ok(self.default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .with_context(|| format!("{}={text} is not a port from 1 to 65535", self.variable)),
        }
    }
}

impl Stack<'_> {
    /// Gives the stack ports of its own, once, and refuses if somebody else has them now.
    pub(super) fn take_ports(&self) -> Result<()> {
        let variables = self.variables()?;
        let settled = PORTS
            .iter()
            .any(|port| variables.get(port.variable).is_some());
        if !settled && !self.is_default() {
            let lines = free_set()?;
            self.add_settings(&lines)?;
        }
        let variables = self.variables()?;
        for port in PORTS {
            let number = port.number(&variables)?;
            if !is_free(number) {
                bail!(
                    "port {number} is in use: stop who has it, or set {} in {}",
                    port.variable,
                    self.settings().display()
                );
            }
        }
        Ok(())
    }
}

/// Settings for the first row of ports that is free. The usual ones are left to the usual stack.
fn free_set() -> Result<String> {
    let row = (1..=STACKS)
        .map(|row| row * STEP)
        .find(|offset| PORTS.iter().all(|port| is_free(port.default + offset)))
        .context("no row of ports is free: set them in the settings of the stack")?;
    let line = |port: &Port| format!("{}={}\n", port.variable, port.default + row);
    Ok(PORTS.iter().map(line).collect())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_ports_do_not_overlap() {
        let mut seen = std::collections::HashSet::new();
        for row in 0..=STACKS {
            for port in PORTS {
                assert!(
                    seen.insert(port.default + row * STEP),
                    "{} in row {row}",
                    port.variable
                );
            }
        }
    }

    #[test]
    fn a_wrong_port_is_named() {
        for wrong in ["0", "nonsense", "65536"] {
            let variables: Variables = [("API_PORT", wrong)].into_iter().collect();
            let port = PORTS
                .iter()
                .find(|port| port.variable == "API_PORT")
                .unwrap();

            let error = port.number(&variables).unwrap_err().to_string();

            assert!(error.contains(&format!("API_PORT={wrong}")), "{error}");
        }
    }
}
