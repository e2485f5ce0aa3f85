//! Plays the part of a service in the tests: two ports, probes, lines, an end on SIGTERM.
#![expect(clippy::disallowed_methods, reason = "it is told how to behave")]

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::exit;
use std::thread;

/// `STAND_IN` says how it behaves as `api`; without it, and as any other part, well.
fn main() -> io::Result<()> {
    let is_api = env::current_exe()?.ends_with("api");
    let behaviour = env::var("STAND_IN")
        .ok()
        .filter(|_| is_api)
        .unwrap_or_default();
    line(&format!(
        "level=info msg=starting pid={}",
        std::process::id()
    ));
    match behaviour.as_str() {
        "dies" => {
            line("level=error msg=\"no such table: items\"");
            let _ = writeln!(io::stderr(), "on its way out");
            exit(7);
        }
        "floods" => {
            (0..200_000).for_each(|number| line(&format!("number={number:07} {}", "x".repeat(100))))
        }
        _ => {}
    }

    let public = TcpListener::bind(address("QUARTET_HTTP_ADDRESS"))?;
    let operations = TcpListener::bind(address("QUARTET_OPERATIONS_ADDRESS"))?;
    thread::spawn(move || serve(&public, "200 OK"));
    for name in [
        "DATABASE_URL",
        "QUARTET_API_HTTP_ADDRESS",
        "QUARTET_DEMO",
        "QUARTET_ENVIRONMENT",
        "QUARTET_FULFILMENT_URL",
    ] {
        line(&format!(
            "level=info {name}={}",
            env::var(name).unwrap_or_default()
        ));
    }
    line("level=info msg=ready");
    serve(
        &operations,
        if behaviour == "lingers" {
            "503 Service Unavailable"
        } else {
            "200 OK"
        },
    );
    Ok(())
}

fn address(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| exit(64))
}

fn serve(listener: &TcpListener, status: &str) {
    for stream in listener.incoming().flatten() {
        let _ = answer(stream, status);
        line("level=info msg=answered");
    }
}

fn answer(mut stream: TcpStream, status: &str) -> io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines();
    while head
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

/// A reader who is gone must not end a service.
fn line(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
