//! What tests rely on in their private server. Only where it is installed: `just test-services`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use testbed::Postgres;

#[test]
fn what_was_committed_outlives_a_kill() {
    let server = Postgres::start();
    server.sql(
        "postgres",
        "create table kept (id bigint); insert into kept values (7)",
    );

    server.kill();
    assert!(TcpStream::connect(server.address()).is_err());
    server.start_again();

    assert_eq!(server.sql("postgres", "select id from kept"), "7");
    server.stop();
    assert!(TcpStream::connect(server.address()).is_err());
}

#[test]
fn a_frozen_server_accepts_and_says_nothing() {
    let server = Postgres::start();

    server.freeze();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
    let silence = stream.read(&mut [0]).unwrap_err();
    server.proceed();

    assert_eq!(silence.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(server.sql("postgres", "select 1"), "1");
}

#[test]
fn a_promoted_standby_has_all_and_takes_more() {
    let primary = Postgres::start();
    let standby = primary.standby();
    primary.sql(
        "postgres",
        "create table kept (id bigint); insert into kept values (7)",
    );

    primary.kill();
    standby.promote();

    assert_eq!(
        standby.sql(
            "postgres",
            "insert into kept values (8); select count(*) from kept"
        ),
        "2"
    );
}

/// Starts a server that the process below does not end, and says where it is.
#[test]
fn a_server_left_behind() {
    let server = Box::leak(Box::new(Postgres::start()));
    if std::env::args().any(|argument| argument == "--nocapture") {
        std::io::stderr()
            .write_all(format!("at {}\n", server.address()).as_bytes())
            .unwrap();
    }
}

#[test]
fn a_server_ends_with_its_process() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_server_left_behind", "--nocapture"])
        .output()
        .unwrap();

    let stderr = String::from_utf8(output.stderr).unwrap();
    let address = stderr
        .lines()
        .find_map(|line| line.strip_prefix("at "))
        .unwrap();
    let deadline = std::time::Instant::now() + testbed::PATIENCE;
    while TcpStream::connect(address).is_ok() {
        assert!(std::time::Instant::now() < deadline, "the server lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}
