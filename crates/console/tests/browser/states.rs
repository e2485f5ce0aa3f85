//! What pages show when there is nothing, too much, or something hostile.

use testbed::http;

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

const MARKUP: &str = "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>";

pub(crate) async fn every_page_says_what_it_does_not_have(browser: &Browser) {
    for (path, words) in [
        ("/traces?service=nobody", "No trace matches"),
        ("/traces?status=teapot", "status=\"teapot\" is not understood"),
        ("/traces/4bf92f3577b34da6a3ce929d0e0e4736", "No span of this trace is here"),
        ("/spans/00f067aa0ba902b7", "This span is not here"),
        ("/map?from=2026-01-01T00:00&to=2026-01-01T01:00", "No calls in this time"),
        ("/logs?text=nobody+wrote+this", "No line matches"),
        ("/metrics?text=nobody+counts+this", "No family matches"),
        ("/metrics?family=nothing", "Nobody has sent a family of this name"),
        ("/profiles?from=2026-01-01T00:00&to=2026-01-01T01:00", "No profiles in this time"),
        ("/profiles?service=api&span=00f067aa0ba902b7", "No CPU sample hit this span"),
    ] {
        browser.open(path).await;
        let page = browser.text("main").await;
        assert!(page.contains(words), "{path} says:\n{page}");
    }
}

pub(crate) async fn markup_of_others_is_text(browser: &Browser, world: &World) {
    let headers = [("User-Agent", MARKUP)];
    http::send(world.api, "GET", "/api/items/2", &headers, b"").unwrap();

    browser
        .open_until("/logs?text=document.title&last=5m", ".line")
        .await;
    assert_eq!(browser.text("title").await, "");
    let fields = browser.texts(".line td").await;
    assert!(fields.iter().any(|field| field == MARKUP), "{fields:?}");
    let made: u32 = browser
        .ask("return document.querySelectorAll('main script, main img').length", "")
        .await;
    let title: String = browser.ask("return document.title", "").await;
    assert_eq!((made, title.as_str()), (0, "Logs · Quartet"));

    browser.click(".line .to").await;
    browser.click(".waterfall .span").await;
    let values = browser.texts(".pairs td").await;
    assert!(values.iter().any(|value| value == MARKUP), "{values:?}");
    let title: String = browser.ask("return document.title", "").await;
    assert!(title.ends_with("· Quartet"), "{title}");
}

pub(crate) async fn new_lines_come_by_themselves(browser: &Browser, world: &World) {
    browser.open("/logs?live=on&text=live-claim").await;
    let headers = [("User-Agent", "live-claim")];
    http::send(world.api, "GET", "/api/items/3", &headers, b"").unwrap();

    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !browser.has("#lines .line").await {
        assert!(std::time::Instant::now() < deadline, "the line does not come");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

pub(crate) async fn colours_are_kept(browser: &Browser) {
    let ground = "return getComputedStyle(document.body).backgroundColor";
    for (theme, colour) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(16, 19, 23)")] {
        browser.open("/logs?level=error").await;
        browser.click(&format!("button[value={theme}]")).await;
        assert_eq!(browser.address().await, "/logs?level=error");
        browser.open("/metrics").await;
        let shown: String = browser.ask(ground, "").await;
        assert_eq!(shown, colour, "{theme}");
    }
    browser.click("button[value=light]").await;
}

pub(crate) async fn keys_lead_where_links_lead(browser: &Browser) {
    browser.open("/").await;
    browser.press("gl").await;
    assert_eq!(browser.address().await, "/logs");
    browser.press("/").await;
    let name: String = browser.ask("return document.activeElement.name", "").await;
    assert_eq!(name, "text");
}

pub(crate) async fn nothing_is_wider_than_the_window(browser: &Browser) {
    browser.resize(400).await;
    for path in PAGES {
        browser.open(path).await;
        let (page, window): (u32, u32) = browser
            .ask("return [document.documentElement.scrollWidth, innerWidth]", "")
            .await;
        assert!(page <= window, "{path} is {page} pixels wide in a window of {window}");
    }
    browser.resize(1440).await;
}
