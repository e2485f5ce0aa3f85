//! The real services, killed while they take orders.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex};

use testbed::{eventually, http};

use crate::place::{PROCESSES, Place, install, kill};

/// `cargo test -p quartet` alone would not build it.
static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| {
    testbed::build_programs_of(&["events", "receivers", "jobs"]);
    let target = Path::new(env!("CARGO_BIN_EXE_quartet"))
        .ancestors()
        .nth(2)
        .unwrap();
    target.join("debug")
});

/// A shop that is open to orders.
pub(super) struct Shop {
    pub(super) place: Place,
    public: SocketAddr,
}

impl Shop {
    pub(super) fn open() -> Self {
        let place = Place::new();
        for name in ["api", "console", "fulfilment"] {
            install(
                &PROGRAMS.join(name),
                &place.path(&format!("programs/{name}")),
            );
        }
        place.succeed(&["up"]);
        let public = SocketAddr::from((Ipv4Addr::LOCALHOST, place.public));
        let shop = Self { place, public };
        shop.post(
            "/api/items",
            r#"{"name":"rosin","price_cents":990,"stock":1000000}"#,
        )
        .unwrap();
        shop
    }

    fn post(&self, path: &str, body: &str) -> Result<http::Response, http::Error> {
        http::send(
            self.public,
            "POST",
            path,
            &[("Content-Type", "application/json")],
            body.as_bytes(),
        )
    }

    /// Orders without a pause while `event` happens and until `more` orders were acknowledged after it;
    /// returns all that were.
    fn order_during(&self, event: impl FnOnce(), more: usize) -> Vec<String> {
        let acknowledged = Mutex::new(Vec::new());
        let over = AtomicBool::new(false);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let answer =
                            self.post("/api/orders", r#"{"lines":[{"item_id":1,"quantity":1}]}"#);
                        let Ok(answer) = answer else { continue };
                        assert_eq!(answer.status, 201, "{}", answer.text());
                        acknowledged
                            .lock()
                            .unwrap()
                            .push(answer.header("location").unwrap().to_owned());
                    }
                });
            }
            let count = || acknowledged.lock().unwrap().len();
            eventually("orders are taken", || 20 <= count());
            event();
            let before = count();
            eventually("orders are taken after the event", || {
                before + more <= count()
            });
            over.store(true, Ordering::Relaxed);
        });
        acknowledged.into_inner().unwrap()
    }

    /// A request to the operators' side of `fulfilment`.
    fn operate(&self, method: &str, path: &str, body: &str) -> u16 {
        let operations = SocketAddr::from((Ipv4Addr::LOCALHOST, self.place.fulfilment_operations));
        let headers = [("Content-Type", "application/json")];
        let answer = http::send(operations, method, path, &headers, body.as_bytes());
        answer.unwrap().status
    }

    fn find_each(&self, orders: &[String]) {
        for order in orders {
            assert_eq!(
                http::get(self.public, order).unwrap().status,
                200,
                "{order} is lost"
            );
        }
        let item = http::get(self.public, "/api/items/1").unwrap().json();
        let sold = 1_000_000 - item["stock"].as_i64().unwrap();
        assert!(
            orders.len() as i64 <= sold,
            "{} orders, {sold} pieces sold",
            orders.len()
        );
    }
}

#[test]
fn no_order_is_lost_when_the_service_is_killed() {
    let shop = Shop::open();

    let orders = shop.order_during(|| kill(shop.place.pid("api")), 0);
    shop.place.succeed(&["up"]);

    shop.find_each(&orders);
    assert_eq!(shop.place.living().len(), PROCESSES);
}

#[test]
fn no_order_is_lost_when_the_supervisor_is_killed() {
    let shop = Shop::open();

    // The service goes on: it only loses who reads its lines.
    let orders = shop.order_during(|| kill(shop.place.pid("supervisor")), 20);
    shop.place.succeed(&["up"]);

    shop.find_each(&orders);
    assert_eq!(shop.place.living().len(), PROCESSES);
}

#[test]
fn jobs_are_shown_and_a_dead_one_is_revived() {
    let shop = Shop::open();
    let broken = r#"{"value":100,"seconds":60}"#;
    assert_eq!(shop.operate("PUT", "/faults/errors", broken), 204);
    let dead = || shop.place.succeed(&["jobs", "--state", "dead"]);
    assert!(dead().contains("no such jobs"), "{}", dead());

    let order = r#"{"lines":[{"item_id":1,"quantity":1}]}"#;
    let order = shop.post("/api/orders", order).unwrap();
    eventually("the job is given up", || dead().contains("refused"));
    let row = dead().lines().nth(1).unwrap().to_owned();
    assert_eq!(shop.operate("DELETE", "/faults/errors", ""), 204);
    let id = row.split_whitespace().next().unwrap();
    let said = shop.place.succeed(&["jobs", "revive", id]);

    assert!(said.contains("ready again"), "{said}");
    let order = order.header("location").unwrap();
    eventually("the order is shipped", || {
        http::get(shop.public, order).unwrap().json()["status"] == "done"
    });
    let again = shop.place.quartet(&["jobs", "revive", id]);
    assert_eq!(again.code, 1);
    assert!(again.text.contains("is done"), "{}", again.text);
    let unknown = shop.place.quartet(&["jobs", "--state", "lost"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.text.contains("must be ready"), "{}", unknown.text);
}

#[test]
fn the_link_opens_the_console_and_a_second_start_prints_the_same() {
    let shop = Shop::open();
    let address = format!("http://127.0.0.1:{}/", shop.place.console);
    let link = |said: String| {
        let words = said.split_whitespace();
        let mut links = words.filter_map(|word| word.strip_prefix(&address));
        links
            .find(|rest| rest.starts_with("?token="))
            .unwrap()
            .to_owned()
    };
    let console = SocketAddr::from((Ipv4Addr::LOCALHOST, shop.place.console));

    let first = link(shop.place.succeed(&["up"]));
    let second = link(shop.place.succeed(&["up"]));

    assert_eq!(first, second);
    let opened = http::get(console, &format!("/{first}")).unwrap();
    assert_eq!(opened.status, 303);
    let bearer = format!("Bearer {}", first.trim_start_matches("?token="));
    let bearer = [("Authorization", bearer.as_str())];
    let order = r#"{"lines":[{"item_id":1,"quantity":1}]}"#;
    assert_eq!(shop.post("/api/orders", order).unwrap().status, 201);
    eventually(
        "the console holds all signals but profiles of both services",
        || {
            let answer = http::send(console, "GET", "/api/v1/services", &bearer, b"").unwrap();
            let services = answer.json();
            ["api", "fulfilment"].iter().all(|name| {
                let services = services.as_array().unwrap();
                services.iter().any(|service| {
                    let signals = service["signals"].as_array().unwrap();
                    service["name"] == *name && signals[..3].iter().all(|of| of["state"] == "live")
                })
            })
        },
    );
}
