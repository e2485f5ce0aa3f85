//! The question of a container's health check, asked by the service's own program: an image needs nothing else.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

/// Longer than the slowest check of readiness may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// The status line and the reasons; whoever says more is no service.
const ANSWER_BYTES: u64 = 64 * 1024;

/// Does what the command line asks for: nothing means to serve, `health` to ask the process that serves.
///
/// # Errors
/// Those of what was asked for, and an argument that means nothing.
pub fn dispatch(
    serve: impl FnOnce() -> anyhow::Result<()>,
    health: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => serve(),
        [word] if word == "health" => health(),
        [first, ..] => bail!(
            "{} is no argument: there is `health`, and none to serve",
            first.display()
        ),
    }
}

/// Asks the operations server at this address whether its service is ready.
///
/// # Errors
/// If it is not, with the reasons; or if nobody answers within four seconds.
pub fn health(operations: SocketAddr) -> anyhow::Result<()> {
    let address = on_this_machine(operations);
    let answer = ask(address).with_context(|| format!("no answer from {address}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    ensure!(status == "200", "not ready: {status} {body}");
    Ok(())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn on_this_machine(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    address
}
