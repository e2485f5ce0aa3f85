//! What pages show when there is nothing, too much, or something hostile.

use testbed::{eventually, http};

use crate::browser::Browser;
use crate::world::World;

/// Every page, with something on it.
pub(crate) const PAGES: [&str; 7] = [
    "/?last=5m",
    "/traces?last=5m",
    "/map?last=5m",
    "/logs?last=5m",
    "/metrics?last=5m",
    "/metrics?family=http_server_request_duration_seconds&last=5m",
    "/profiles?last=5m",
];

const MARKUP: &str =
    "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>";

pub(crate) fn every_page_says_what_it_does_not_have(browser: &Browser) {
    for (path, words) in [
        ("/traces?service=nobody", "No trace matches"),
        (
            "/traces?status=teapot",
            "status=\"teapot\" is not understood",
        ),
        (
            "/traces/4bf92f3577b34da6a3ce929d0e0e4736",
            "No span of this trace is here",
        ),
        ("/spans/00f067aa0ba902b7", "This span is not here"),
        (
            "/map?from=2026-01-01T00:00&to=2026-01-01T01:00",
            "No calls in this time",
        ),
        ("/logs?text=nobody+wrote+this", "No line matches"),
        ("/metrics?text=nobody+counts+this", "No family matches"),
        (
            "/metrics?family=nothing",
            "Nobody has sent a family of this name",
        ),
        (
            "/profiles?from=2026-01-01T00:00&to=2026-01-01T01:00",
            "No profiles in this time",
        ),
        (
            "/profiles?service=api&span=00f067aa0ba902b7",
            "No CPU sample hit this span",
        ),
    ] {
        browser.open(path);
        let page = browser.text("main");
        assert!(page.contains(words), "{path} says:\n{page}");
    }
}

pub(crate) fn the_policy_permits_nothing_inline(world: &World) {
    for path in PAGES {
        let answer = world.ask(path);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"));
        assert!(!policy.contains("unsafe"), "{policy}");
        let page = answer.text();
        for inline in [" style=", "<style", "<script>", " onclick="] {
            assert!(!page.contains(inline), "{path} has {inline}");
        }
    }
}

pub(crate) fn markup_of_others_is_text(browser: &Browser, world: &World) {
    let headers = [("User-Agent", MARKUP)];
    http::send(world.api, "GET", "/api/items/2", &headers, b"").unwrap();

    browser.open_until("/logs?text=document.title&last=5m", ".line");
    let fields = browser.texts(".line td");
    assert!(fields.iter().any(|field| field == MARKUP), "{fields:?}");
    let made: u32 = browser.ask(
        "return document.querySelectorAll('main script, main img').length",
        "",
    );
    let title: String = browser.ask("return document.title", "");
    assert_eq!((made, title.as_str()), (0, "Logs · Quartet"));

    browser.click(".line .to");
    // A line is there before its span has been sent.
    browser.open_until(&browser.address(), ".row.open .pairs");
    let values = browser.texts(".pairs td");
    assert!(values.iter().any(|value| value == MARKUP), "{values:?}");
    let title: String = browser.ask("return document.title", "");
    assert!(title.ends_with("· Quartet"), "{title}");
}

pub(crate) fn new_lines_come_by_themselves(browser: &Browser, world: &World) {
    browser.open("/logs?live=on&text=live-claim");
    let headers = [("User-Agent", "live-claim")];
    http::send(world.api, "GET", "/api/items/3", &headers, b"").unwrap();

    eventually("the line comes", || browser.has("#lines .line"));
}

pub(crate) fn colours_are_kept(browser: &Browser) {
    let ground = "return getComputedStyle(document.body).backgroundColor";
    for (theme, colour) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(16, 19, 23)")] {
        browser.open("/logs?level=error");
        browser.click(&format!("button[value={theme}]"));
        assert_eq!(browser.address(), "/logs?level=error");
        browser.open("/metrics");
        let shown: String = browser.ask(ground, "");
        assert_eq!(shown, colour, "{theme}");
    }
    browser.click("button[value=light]");
}

pub(crate) fn keys_lead_where_links_lead(browser: &Browser) {
    browser.open("/");
    browser.press("gl");
    eventually("the keys lead to the lines", || {
        browser.address() == "/logs"
    });
    browser.press("/");
    let name: String = browser.ask("return document.activeElement.name", "");
    assert_eq!(name, "text");
}

pub(crate) fn nothing_is_wider_than_the_window(browser: &Browser) {
    browser.resize(400);
    for path in PAGES {
        browser.open(path);
        let (page, window): (u32, u32) = browser.ask(
            "return [document.documentElement.scrollWidth, innerWidth]",
            "",
        );
        assert!(
            page <= window,
            "{path} is {page} pixels wide in a window of {window}"
        );
    }
    browser.resize(1440);
}
