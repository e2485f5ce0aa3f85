//! The raw client, against scripted peers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use testbed::http::{self, Connection, Error};

/// A peer that runs `script` on one connection; what that returns can be received.
fn peer<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, Receiver<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        // Fails where the test does not look at the outcome.
        let _ = sender.send(script(stream));
    });
    (address, receiver)
}

/// A peer that reads a head, answers with these bytes and closes.
fn answering(answer: &'static str) -> SocketAddr {
    let (address, _) = peer(move |mut stream| {
        read_head(&mut stream);
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    head
}

#[test]
fn an_answer_with_a_length_is_read_whole() {
    let address =
        answering("HTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-a:2\r\nContent-Length: 3\r\n\r\nabc");

    let answer = http::get(address, "/").unwrap();

    assert_eq!((answer.status, answer.reason.as_str()), (404, "Not Found"));
    assert_eq!(answer.header("x-A"), Some("1"));
    assert_eq!(answer.header_values("X-a"), ["1", "2"]);
    assert_eq!(answer.text(), "abc");
}

#[test]
fn a_body_without_a_length_ends_with_the_connection() {
    let address = answering("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}");

    assert_eq!(http::get(address, "/").unwrap().json()["a"], 1);
}

#[test]
fn interim_answers_are_skipped() {
    let address = answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");

    assert_eq!(http::get(address, "/").unwrap().status, 204);
}

#[test]
fn an_answer_to_head_has_no_body() {
    let address = answering("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");

    let answer = http::send(address, "HEAD", "/", &[], b"").unwrap();

    assert_eq!(answer.header("content-length"), Some("3"));
    assert_eq!(answer.body, b"");
}

#[test]
fn several_answers_share_a_connection() {
    let (address, _) = peer(|mut stream| {
        read_head(&mut stream);
        let both = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nb";
        stream.write_all(both.as_bytes()).unwrap();
        read_head(&mut stream);
    });

    let mut connection = Connection::open(address).unwrap();
    let first = connection.send("GET", "/1", &[], b"").unwrap();
    let second = connection.send("GET", "/2", &[], b"").unwrap();

    assert_eq!((first.status, first.text()), (200, "a"));
    assert_eq!((second.status, second.text()), (201, "b"));
}

#[test]
fn exactly_the_given_bytes_are_sent() {
    let hostile = b"G\x00T /\xff\n HTTP/9.9\r\nX\r\n\r\n";
    let (address, received) = peer(|mut stream| {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    });

    let mut connection = Connection::open(address).unwrap();
    connection.write(hostile).unwrap();
    connection.close();

    assert_eq!(received.recv().unwrap(), hostile);
}

#[test]
fn a_composed_request_has_host_and_length_once() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));

    let bare = http::compose(address, "POST", "/a", &[], b"x");
    let own = http::compose(
        address,
        "POST",
        "/a",
        &[("HOST", "h"), ("content-length", "9")],
        b"x",
    );

    assert_eq!(
        bare,
        b"POST /a HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Length: 1\r\n\r\nx"
    );
    assert_eq!(
        own,
        b"POST /a HTTP/1.1\r\nHOST: h\r\ncontent-length: 9\r\n\r\nx"
    );
}

#[test]
fn an_answer_before_the_end_of_the_request_is_read() {
    let (address, _) = peer(|mut stream| {
        read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        thread::sleep(Duration::from_secs(60));
    });
    let began = Instant::now();

    let answer = http::send(address, "POST", "/", &[], &vec![0; 50_000_000]).unwrap();

    assert_eq!(answer.status, 413);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn nobody_listening_is_refused() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, testbed::free_port()));

    assert!(matches!(http::get(address, "/"), Err(Error::Refused(refused)) if refused == address));
}

#[test]
fn closing_without_an_answer_is_told_from_resetting() {
    let (closing, _) = peer(|mut stream| read_head(&mut stream));
    let (resetting, _) = peer(|mut stream| {
        read_head(&mut stream);
        let at_once = Some(Duration::ZERO);
        rustix::net::sockopt::set_socket_linger(&stream, at_once).unwrap();
    });

    assert!(matches!(http::get(closing, "/"), Err(Error::Closed)));
    assert!(matches!(
        http::get(resetting, "/"),
        Err(Error::Reset { received }) if received.is_empty()
    ));
}

#[test]
fn an_answer_cut_short_is_an_error_that_holds_it() {
    let address = answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");

    let outcome = http::get(address, "/");

    assert!(matches!(outcome, Err(Error::Truncated { received }) if received == b"abc"));
}

#[test]
fn an_answer_that_does_not_come_times_out() {
    let (address, _) = peer(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 2").unwrap();
        thread::sleep(Duration::from_secs(60));
    });

    let mut connection = Connection::open(address)
        .unwrap()
        .patience(Duration::from_millis(200));
    let outcome = connection.send("GET", "/", &[], b"");

    assert!(matches!(outcome, Err(Error::TimedOut { received }) if received == b"HTTP/1.1 2"));
}

#[test]
fn after_a_half_close_the_answer_still_comes() {
    let (address, _) = peer(|mut stream| {
        let mut request = Vec::new();
        stream.read_to_end(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        stream.write_all(&request).unwrap();
    });

    let mut connection = Connection::open(address).unwrap();
    connection.write(b"whole").unwrap();
    connection.half_close().unwrap();

    assert_eq!(connection.read().unwrap().text(), "whole");
}

#[test]
fn close_ends_the_stream_and_reset_breaks_it() {
    let read = |mut stream: TcpStream| stream.read(&mut [0; 8]).map_err(|error| error.kind());
    let (closing, closed) = peer(read);
    let (resetting, broken) = peer(read);

    Connection::open(closing).unwrap().close();
    Connection::open(resetting).unwrap().reset().unwrap();

    assert_eq!(closed.recv().unwrap(), Ok(0));
    assert_eq!(broken.recv().unwrap(), Err(ErrorKind::ConnectionReset));
}
