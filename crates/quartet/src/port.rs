//! Refuses to start on a port that somebody else has.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, Result, bail};

use crate::plan::{Listen, Plan};
use crate::process::{self, Holder};

/// Fails with who has it if one of the ports of this plan is in use.
pub(crate) fn check(plan: &Plan) -> Result<()> {
    for Listen { variable, address } in &plan.listens {
        let Err(error) = TcpListener::bind(address) else {
            continue;
        };
        let name = plan.part.name;
        if error.kind() != ErrorKind::AddrInUse {
            return Err(error).with_context(|| format!("{name} cannot listen on {address}"));
        }
        bail!(
            "{name} cannot listen on {address}: {}; stop that, or set {variable} to another address",
            describe(*address)
        );
    }
    Ok(())
}

fn describe(address: SocketAddr) -> String {
    match process::listener(address) {
        Some(Holder::Known { pid, command }) => {
            format!("the port is in use by pid {pid} ({command})")
        }
        Some(Holder::Hidden { owner: Some(uid) }) => format!(
            "the port is in use by a process of user {uid}, which you have no right to look into"
        ),
        Some(Holder::Hidden { owner: None }) | None => {
            "the port is in use by a process that cannot be seen from here".to_owned()
        }
    }
}
