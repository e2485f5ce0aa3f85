//! Plays a part in the tests, service or backend: ports, probes, lines, an end on SIGTERM.
#![expect(clippy::disallowed_methods, reason = "it is told how to behave")]

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::exit;
use std::sync::Arc;
use std::thread;

/// `STAND_IN` names one program and how that behaves; all others behave well.
fn main() -> io::Result<()> {
    let program = env::current_exe()?;
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    let told = env::var("STAND_IN").unwrap_or_default();
    let behaviour = match told.split_once(' ') {
        Some((who, behaviour)) if who == program => behaviour,
        _ => "",
    };
    line(&format!(
        "level=info msg=starting pid={}",
        std::process::id()
    ));
    match behaviour {
        "dies" => {
            line("level=error msg=\"no such table: items\"");
            let _ = writeln!(io::stderr(), "on its way out");
            exit(7);
        }
        "floods" => {
            (0..200_000).for_each(|number| line(&format!("number={number:07} {}", "x".repeat(100))))
        }
        "is deaf" => {
            signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::default())?;
        }
        _ => {}
    }
    let [public, asked] = addresses(&program).map(TcpListener::bind);
    let (public, asked) = (public?, asked?);
    thread::spawn(move || serve(&public, ""));
    show();
    line("level=info msg=ready");
    serve(&asked, behaviour);
    Ok(())
}

/// Where it listens: first for its users, then for whoever asks whether it is ready.
fn addresses(program: &str) -> [String; 2] {
    if let Ok(public) = env::var("QUARTET_HTTP_ADDRESS") {
        return [public, told("QUARTET_OPERATIONS_ADDRESS")];
    }
    let name = program.replace('-', "").to_uppercase();
    let asked = env::var(format!("{name}_LISTEN"));
    let asked = asked.unwrap_or_else(|_| {
        let port = told(&format!("{name}_HTTP_PORT"));
        format!("127.0.0.1:{port}")
    });
    ["127.0.0.1:0".to_owned(), asked]
}

fn told(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| exit(64))
}

/// Writes what it was told.
fn show() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    line(&format!("level=info arguments={}", arguments.join(" ")));
    for name in [
        "DATABASE_URL",
        "GOGC",
        "GOMEMLIMIT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "PYROSCOPE_SERVER_ADDRESS",
        "QUARTET_API_HTTP_ADDRESS",
        "QUARTET_API_OPERATIONS_ADDRESS",
        "QUARTET_DEMO",
        "QUARTET_ENVIRONMENT",
        "QUARTET_FULFILMENT_URL",
        "SCRAPE_INTERVAL",
        "TEMPO_DATA",
    ] {
        let value = env::var(name).unwrap_or_default();
        line(&format!("level=info {name}={value}"));
    }
}

fn serve(listener: &TcpListener, behaviour: &str) {
    for stream in listener.incoming().flatten() {
        let _ = match behaviour {
            "lingers" => answer(stream, "503 Service Unavailable", "the ring is empty\n"),
            _ => answer(stream, "200 OK", ""),
        };
        line("level=info msg=answered");
    }
}

fn answer(mut stream: TcpStream, status: &str, body: &str) -> io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines();
    while head
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A reader who is gone must not end a service.
fn line(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
