//! Each link of the design, from both ends.

use crate::browser::Browser;

/// The id of the trace that is open.
async fn open_trace(browser: &Browser) -> String {
    let address = browser.address().await;
    let rest = address.strip_prefix("/traces/");
    let id: String = rest
        .unwrap_or_else(|| panic!("{address} is no trace"))
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    assert_eq!(id.len(), 32, "{address}");
    id
}

/// The newest trace of a route that has a flame graph of its own.
async fn profiled_trace(browser: &Browser) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        browser
            .open_until("/traces?route=/api/cpu&last=5m", "tbody th a")
            .await;
        browser.click("tbody th a").await;
        if browser.has("#to-profile").await {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "no span of /api/cpu was hit by a sample");
    }
}

pub(crate) async fn overview_to_metric_to_trace(browser: &Browser) {
    browser.open_until("/?last=5m", "[data-rows] tbody th a[href*='%2Fapi%2Fcpu']").await;
    browser
        .click("[data-rows] tbody th a[href*='%2Fapi%2Fcpu']")
        .await;
    let family = browser.text("h1").await;
    assert_eq!(family, "http_server_request_duration_seconds");
    let here = browser.address().await;

    browser.open_until(&here, ".plot > a").await;
    browser.follow(".plot > a").await;

    open_trace(browser).await;
    assert!(browser.text("h1").await.contains("/api/cpu"));
    assert!(browser.has(".row.open .detail").await, "the span of the dot is open");
}

pub(crate) async fn trace_to_flame_graph_and_back(browser: &Browser) {
    profiled_trace(browser).await;
    let trace = open_trace(browser).await;
    let address = browser.address().await;
    browser.click("#to-profile").await;
    let graph = browser.address().await;

    // Profiles are pushed every ten seconds.
    browser.open_until(&graph, ".flame").await;
    let functions = browser.texts(".flame title").await;
    assert!(
        functions.iter().any(|name| name.contains("cpu::") && name.contains("api")),
        "the flame graph of {address} lacks the function that burns: {functions:?}"
    );
    assert!(
        !functions.iter().any(|name| name.contains("orders")),
        "the flame graph of {address} has functions of others"
    );

    browser.click("#to-trace").await;
    assert_eq!(open_trace(browser).await, trace);
    assert!(browser.has(".row.open .detail").await);
}

pub(crate) async fn trace_to_lines_and_back(browser: &Browser) {
    browser
        .open_until("/traces?route=/api/orders&last=5m", "tbody th a")
        .await;
    browser.click("tbody tr:nth-child(2) th a").await;
    let trace = open_trace(browser).await;
    browser.click("#to-logs").await;
    let lines = browser.address().await;

    browser.open_until(&lines, ".line").await;
    let ids: Vec<String> = browser
        .ask(
            "return [...document.querySelectorAll('.line')].map(l => [...l.querySelectorAll('tr')]\
             .filter(r => r.cells[0].textContent === arguments[0]).map(r => r.cells[1].textContent)[0])",
            "trace_id",
        )
        .await;
    assert!(ids.iter().all(|id| *id == trace), "{ids:?}");

    browser.click(".line .to").await;
    assert_eq!(open_trace(browser).await, trace);
}

pub(crate) async fn trace_to_metric_to_traces(browser: &Browser) {
    browser
        .open_until("/traces?route=/api/items/{id}&last=5m", "tbody th a")
        .await;
    browser.click("tbody th a").await;
    browser.click(".waterfall .row:first-child ~ .row .span, .waterfall .row .span").await;
    assert!(browser.has(".row.open .detail").await);
    let first = browser.address().await;
    browser.open(&first).await;
    browser.follow(".detail a.way[href^='/metrics']").await;
    assert_eq!(browser.text("h1").await, "http_server_request_duration_seconds");
    let conditions = browser.text("main").await;
    assert!(conditions.contains("http_route=/api/items/{id}"), "{conditions}");

    browser.click("#to-traces").await;
    let names = browser.texts("tbody th a").await;
    assert!(!names.is_empty());
    assert!(names.iter().all(|name| name.contains("/api/items/{id}")), "{names:?}");
}

pub(crate) async fn a_job_is_in_the_trace_of_its_order(browser: &Browser) {
    browser
        .open_until("/traces?service=fulfilment&name=process+orders&last=5m", "tbody th a")
        .await;
    browser.click("tbody th a").await;
    let spans = browser.texts(".waterfall .what").await;
    for name in ["POST /api/orders", "POST /quotes", "send orders", "process orders"] {
        assert!(spans.iter().any(|span| span.contains(name)), "{name} is not among {spans:?}");
    }
}

pub(crate) async fn error_to_trace(browser: &Browser) {
    browser.open_until("/?last=5m", ".errors a[href^='/traces']").await;
    browser.click(".errors a[href^='/traces']").await;
    open_trace(browser).await;
    assert!(browser.has("h1 .tag.bad").await, "the trace of an error says so");
}

pub(crate) async fn map_to_traces(browser: &Browser) {
    browser.open_until("/map?last=5m", "#node-fulfilment").await;
    let calls = browser.texts("tbody tr").await.join("\n");
    for call in [("user", "api"), ("api", "fulfilment"), ("fulfilment", "sqlite")] {
        let line = format!("{}→ {}", call.0, call.1);
        assert!(calls.contains(&line), "{line} is not among\n{calls}");
    }
    browser.follow("#node-fulfilment").await;
    assert!(browser.address().await.starts_with("/traces?service=fulfilment"));
    let services = browser.texts("td.names").await;
    assert!(!services.is_empty());
    assert!(services.iter().all(|names| names.contains("fulfilment")), "{services:?}");
}
