//! `api health`: what the health check of a container asks.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use testbed::{Process, Program, Service};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

fn asked(word: &str, operations: SocketAddr) -> (Option<i32>, Vec<String>) {
    let program = Program::new(program())
        .arg(word)
        .env("QUARTET_OPERATIONS_ADDRESS", operations.to_string());
    let process: Process = program.spawn();
    let exit = process.wait(Duration::from_secs(10));
    assert!(process.lines().is_empty(), "{:?}", process.lines());
    (exit.code(), process.stderr_lines())
}

#[test]
fn a_service_that_is_ready_is_healthy() {
    let api = Service::start(program(), &[]);
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, api.operations.port()));

    for operations in [api.operations, everywhere] {
        assert_eq!(asked("health", operations), (Some(0), vec![]));
    }
}

#[test]
fn a_service_that_is_not_ready_is_not_healthy_and_says_why() {
    let operations = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = operations.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut asker, _) = operations.accept().unwrap();
        let answer = "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"status\":\"stopping\"}";
        let _request = asker.read(&mut [0; 1024]).unwrap();
        asker.write_all(answer.as_bytes()).unwrap();
    });

    let (code, lines) = asked("health", address);

    assert_eq!(code, Some(1));
    assert!(lines[0].contains("not ready: 503"), "{lines:?}");
    assert!(lines[0].contains("stopping"), "{lines:?}");
}

#[test]
fn nobody_is_not_healthy() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);

    let (code, lines) = asked("health", nobody);

    assert_eq!(code, Some(1));
    assert!(lines[0].contains(&nobody.to_string()), "{lines:?}");
}

#[test]
fn a_service_that_hangs_is_not_healthy() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();

    let (code, lines) = asked("health", silent.local_addr().unwrap());

    assert_eq!(code, Some(1));
    assert!(lines[0].contains("no answer"), "{lines:?}");
}

#[test]
fn another_word_is_refused() {
    let (code, lines) = asked("heal", SocketAddr::from(([127, 0, 0, 1], 9)));

    assert_eq!(code, Some(1));
    assert!(lines[0].contains("heal is no argument"), "{lines:?}");
}
