use testbed::http;

use crate::world::Console;

#[test]
fn the_link_becomes_a_cookie_and_leaves_the_address() {
    let console = Console::start();
    let link = format!("/api/v1/status?token={}&last=5m", console.token);

    let first = http::get(console.public, &link).unwrap();

    assert_eq!(first.status, 303);
    assert_eq!(first.header("location"), Some("/api/v1/status?last=5m"));
    let cookie = first.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let second = http::send(
        console.public,
        "GET",
        "/api/v1/status",
        &[("Cookie", cookie)],
        b"",
    );
    assert_eq!(second.unwrap().status, 200);
}

#[test]
fn without_the_token_nothing_is_shown() {
    let console = Console::start();
    let wrong = format!("Bearer {}", "0".repeat(32));
    let bearer = format!("Bearer {}", console.token);
    for (path, headers, status) in [
        ("/", &[][..], 401),
        ("/api/v1/traces", &[], 401),
        ("/api/v1/traces?token=", &[], 401),
        ("/api/v1/traces?token=0", &[], 401),
        ("/api/v1/traces", &[("Authorization", wrong.as_str())], 401),
        ("/api/v1/traces", &[("Cookie", "quartet-console=")], 401),
        ("/nothing/here", &[], 401),
        ("/health", &[], 200),
        ("/api/v1/traces", &[("Authorization", bearer.as_str())], 200),
    ] {
        let answer = http::send(console.public, "GET", path, headers, b"").unwrap();
        assert_eq!(answer.status, status, "{path} {headers:?}");
    }
    let evil = [("Host", "evil.example"), ("Authorization", bearer.as_str())];
    let answer = http::send(console.public, "GET", "/api/v1/traces", &evil, b"").unwrap();
    assert_eq!(answer.status, 421);
}

#[test]
fn a_browser_without_the_token_is_told_how_to_get_it() {
    let console = Console::start();
    let accept = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let ask = |path: &str| http::send(console.public, "GET", path, &accept, b"").unwrap();

    let page = ask("/traces?last=5m");
    assert_eq!(page.status, 401);
    assert!(
        page.header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert!(page.text().contains("just status"), "{}", page.text());
    assert!(ask("/?token=0123").text().contains("another console"));
    assert_eq!(ask("/assets/console.css").status, 200);
    let problem = ask("/api/v1/traces");
    assert_eq!(
        problem.header("content-type"),
        Some("application/problem+json")
    );
}
