//! More clients than are served: the rest is counted and told, and who is let in is served well.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use rustix::process::{Resource, getrlimit, setrlimit};
use testbed::http::{self, Connection, Error, Response};
use testbed::{Program, Service, eventually};

const REFUSED_CONNECTIONS: &str = "http_server_refused_connections_total";
const OPEN_CONNECTIONS: &str = "http_server_open_connections";

fn start(variables: &[(&str, &str)]) -> Service {
    Service::start(env!("CARGO_BIN_EXE_api").as_ref(), variables)
}

/// Lets this process, and the services that it starts, open as many files as the system permits.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

fn metric(api: &Service, name: &str) -> f64 {
    api.metrics().value(name, &[]).unwrap()
}

fn refused_requests(api: &Service) -> f64 {
    let metrics = api.metrics();
    let counter = "http_server_refused_requests_total";
    metrics.value(counter, &[("reason", "in_flight")]).unwrap()
}

fn request(api: &Service, path: &str) -> Vec<u8> {
    http::compose(api.public, "GET", path, &[], b"")
}

#[track_caller]
fn assert_overloaded(answer: &Response) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("Retry-After"), Some("1"));
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.json()["code"], "overloaded");
}

#[test]
fn of_5000_clients_1000_are_served_and_4000_counted_and_closed() {
    const CLIENTS: usize = 5_000;
    const MOST: usize = 1_000;
    raise_open_files();
    let api = start(&[
        ("QUARTET_MAX_CONNECTIONS", "1000"),
        ("QUARTET_MAX_IN_FLIGHT", "1000"),
        ("QUARTET_HEAD_TIMEOUT_MS", "60000"),
    ]);

    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| Connection::open(api.public).unwrap())
        .collect();
    eventually("each beyond the limit to be refused", || {
        metric(&api, REFUSED_CONNECTIONS) as usize == CLIENTS - MOST
    });
    assert_eq!(metric(&api, OPEN_CONNECTIONS) as usize, MOST);

    let (mut served, mut refused) = (0, 0);
    for round in 0..2 {
        let request = request(&api, "/");
        // What is refused may say so when it is written or when it is read.
        clients.retain_mut(|client| client.write(&request).is_ok() || round == 0);
        clients.retain_mut(|client| match client.read() {
            Ok(answer) => {
                assert_eq!(answer.status, 200);
                served += 1;
                true
            }
            Err(Error::Closed | Error::Reset { .. }) => {
                refused += 1;
                false
            }
            Err(error) => panic!("{error}"),
        });
    }
    assert_eq!((served, refused), (2 * MOST, CLIENTS - MOST));
    assert_eq!(metric(&api, REFUSED_CONNECTIONS) as usize, CLIENTS - MOST);

    drop(clients);
    eventually("each connection to be closed", || {
        metric(&api, OPEN_CONNECTIONS) == 0.0
    });
    assert_eq!(api.get("/api/items").status, 200);
}

#[test]
fn a_place_that_becomes_free_is_given_to_the_next_client() {
    let api = start(&[("QUARTET_MAX_CONNECTIONS", "3")]);
    let ask = |client: &mut Connection| client.request(&request(&api, "/"));
    let mut clients: Vec<_> = (0..3)
        .map(|_| Connection::open(api.public).unwrap())
        .collect();
    for client in &mut clients {
        assert_eq!(ask(client).unwrap().status, 200);
    }

    for freed in 1..=20 {
        let mut beyond = Connection::open(api.public).unwrap();
        assert!(matches!(
            ask(&mut beyond),
            Err(Error::Closed | Error::Reset { .. })
        ));
        clients.pop().unwrap().close();
        eventually("the place to be free", || {
            metric(&api, OPEN_CONNECTIONS) == 2.0
        });
        let mut next = Connection::open(api.public).unwrap();
        assert_eq!(ask(&mut next).unwrap().status, 200);
        clients.push(next);
        assert_eq!(metric(&api, REFUSED_CONNECTIONS) as usize, freed);
    }
}

#[test]
fn the_soft_limit_of_open_files_is_not_the_limit_of_connections() {
    const MOST: usize = 200;
    let program = Program::new("/bin/sh".as_ref()).arg("-c").arg(format!(
        "ulimit -S -n 64; exec {}",
        env!("CARGO_BIN_EXE_api")
    ));
    let process = program
        .env("QUARTET_HTTP_ADDRESS", "127.0.0.1:0")
        .env("QUARTET_OPERATIONS_ADDRESS", "127.0.0.1:0")
        .env("QUARTET_MAX_CONNECTIONS", MOST.to_string())
        .spawn();
    let api = Service {
        public: process.address("public"),
        operations: process.address("operations"),
        process,
    };
    api.wait_until_ready();

    let mut clients: Vec<_> = (0..MOST)
        .map(|_| Connection::open(api.public).unwrap())
        .collect();

    for client in &mut clients {
        let answer = client.request(&request(&api, "/health")).unwrap();
        assert_eq!(answer.status, 200);
    }
    assert_eq!(metric(&api, OPEN_CONNECTIONS) as usize, MOST);
}

/// Requests that are under way until their body is finished.
fn hold(api: &Service, places: usize) -> Vec<Connection> {
    let head = format!(
        "POST /api/items HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n",
        api.public
    );
    let hold = |_| {
        let mut connection = Connection::open(api.public).unwrap();
        connection.write(head.as_bytes()).unwrap();
        connection
    };
    let held = (0..places).map(hold).collect();
    eventually("each place to be taken", || {
        api.metrics().sum("http_server_active_requests", &[]) as usize == places
    });
    held
}

#[test]
fn beyond_the_bound_in_flight_each_request_is_told_to_come_again_and_counted() {
    const MOST: usize = 8;
    const BEYOND: usize = 100;
    let api = start(&[("QUARTET_MAX_IN_FLIGHT", "8")]);
    let mut held = hold(&api, MOST);

    for _ in 0..BEYOND {
        assert_overloaded(&api.get("/api/items"));
    }
    assert_eq!(api.get("/health").status, 200);
    let ready = http::get(api.operations, "/health/ready").unwrap();
    assert_eq!(ready.status, 200);
    assert_eq!(refused_requests(&api) as usize, BEYOND);

    for connection in &mut held {
        connection.write(br#"{"name":"Pen"}"#).unwrap();
        assert_eq!(connection.read().unwrap().status, 201);
    }
    assert_eq!(api.get("/api/items").status, 200);
    assert_eq!(refused_requests(&api) as usize, BEYOND);
}

#[test]
fn a_client_that_hangs_up_or_a_handler_that_panics_gives_its_place_back() {
    let api = start(&[("QUARTET_MAX_IN_FLIGHT", "2")]);

    for _ in 0..5 {
        for connection in hold(&api, 2) {
            connection.reset().unwrap();
        }
        eventually("each place to be free", || {
            api.get("/api/items").status == 200
        });
        assert_eq!(api.get("/api/exception").status, 500);
    }
    let mut both = hold(&api, 2);
    assert_overloaded(&api.get("/api/items"));
    for connection in &mut both {
        connection.write(br#"{"name":"Pen"}"#).unwrap();
        assert_eq!(connection.read().unwrap().status, 201);
    }
}

#[test]
fn of_40_slow_requests_8_at_once_are_served_and_the_counts_add_up() {
    const CLIENTS: usize = 40;
    let api = start(&[("QUARTET_MAX_IN_FLIGHT", "8")]);
    let slow = request(&api, "/api/slow");
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|_| Connection::open(api.public).unwrap())
        .collect();

    for client in &mut clients {
        client.write(&slow).unwrap();
    }
    let answers = clients.iter_mut().map(|client| client.read().unwrap());
    let (served, refused): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.status == 200);

    // A machine that stalls may let one end before the last has asked.
    assert!((8..20).contains(&served.len()), "{} served", served.len());
    assert_eq!(served.len() + refused.len(), CLIENTS);
    refused.iter().for_each(assert_overloaded);
    assert_eq!(refused_requests(&api) as usize, refused.len());
    let metrics = api.metrics();
    for (status, answers) in [("200", served.len()), ("503", refused.len())] {
        let labels = [
            ("http_route", "/api/slow"),
            ("http_response_status_code", status),
        ];
        let counted = metrics.sum("http_server_request_duration_seconds_count", &labels);
        assert_eq!(counted as usize, answers, "{status}");
    }
}
