//! Each link of the design, from both ends.

use crate::browser::Browser;

/// The id of the trace that is open.
fn open_trace(browser: &Browser) -> String {
    let address = browser.address();
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
fn profiled_trace(browser: &Browser) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        browser.open_until("/traces?route=/api/cpu&last=5m", "tbody th a");
        browser.click("tbody th a");
        if browser.has("#to-profile") {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "no span of /api/cpu was hit by a sample"
        );
    }
}

pub(crate) fn overview_to_metric_to_trace(browser: &Browser) {
    browser.open_until("/?last=5m", "[data-rows] tbody th a[href*='%2Fapi%2Fcpu']");
    browser.click("[data-rows] tbody th a[href*='%2Fapi%2Fcpu']");
    let family = browser.text("h1");
    assert_eq!(family, "http_server_request_duration_seconds");
    let here = browser.address();

    browser.open_until(&here, ".plot > a");
    browser.enter(".plot > a");
    // Numbers may come before the spans behind them.
    browser.open_until(&browser.address(), ".waterfall");

    open_trace(browser);
    assert!(browser.text("h1").contains("/api/cpu"));
    assert!(
        browser.has(".row.open .detail"),
        "the span of the dot is open"
    );
}

pub(crate) fn trace_to_flame_graph_and_back(browser: &Browser) {
    profiled_trace(browser);
    let trace = open_trace(browser);
    let address = browser.address();
    browser.click("#to-profile");
    let graph = browser.address();

    // Profiles are pushed every ten seconds.
    browser.open_until(&graph, ".flame");
    let functions = browser.texts(".flame title");
    assert!(
        functions.iter().any(|name| name.contains("burn")),
        "the flame graph of {address} lacks the function that burns: {functions:?}"
    );
    assert!(
        !functions.iter().any(|name| name.contains("api::orders")),
        "the flame graph of {address} has functions of others"
    );

    browser.click("#to-trace");
    assert_eq!(open_trace(browser), trace);
    assert!(browser.has(".row.open .detail"));
}

pub(crate) fn trace_to_lines_and_back(browser: &Browser) {
    let second = "tbody tr:nth-child(2) th a";
    browser.open_until("/traces?route=/api/orders&last=5m", second);
    browser.click(second);
    let trace = open_trace(browser);
    browser.click("#to-logs");
    let lines = browser.address();

    browser.open_until(&lines, ".line");
    let ids: Vec<String> = browser
        .ask(
            "return [...document.querySelectorAll('.line')].map(l => [...l.querySelectorAll('tr')]\
             .filter(r => r.cells[0].textContent === arguments[0]).map(r => r.cells[1].textContent)[0])",
            "trace_id",
        );
    assert!(ids.iter().all(|id| *id == trace), "{ids:?}");

    browser.click(".line .to");
    assert_eq!(open_trace(browser), trace);
    // A line is there before its span has been sent.
    browser.open_until(&browser.address(), ".row.open .detail");
}

pub(crate) fn trace_to_metric_to_traces(browser: &Browser) {
    browser.open_until("/traces?route=/api/items/{id}&last=5m", "tbody th a");
    browser.click("tbody th a");
    browser.click(".waterfall .row .span");
    assert!(browser.has(".row.open .detail"));
    browser.click(".detail a.way[href^='/metrics']");
    assert_eq!(browser.text("h1"), "http_server_request_duration_seconds");
    let conditions = browser.text("main");
    assert!(
        conditions.contains("http_route=/api/items/{id}"),
        "{conditions}"
    );

    browser.click("#to-traces");
    let names = browser.texts("tbody th a");
    assert!(!names.is_empty());
    assert!(
        names.iter().all(|name| name.contains("/api/items/{id}")),
        "{names:?}"
    );
}

pub(crate) fn a_job_is_in_the_trace_of_its_order(browser: &Browser) {
    browser.open_until(
        "/traces?service=fulfilment&name=process+orders&last=5m",
        "tbody th a",
    );
    browser.click("tbody th a");
    // Each service sends its spans by itself: those of the job may come first.
    browser.open_until_named(
        &browser.address(),
        ".waterfall .what",
        &[
            "POST /api/orders",
            "POST /quotes",
            "send orders",
            "process orders",
        ],
    );
}

pub(crate) fn error_to_trace(browser: &Browser) {
    browser.open_until("/?last=5m", ".errors a[href^='/traces']");
    browser.click(".errors a[href^='/traces']");
    open_trace(browser);
    // A line is there before its span has been sent.
    browser.open_until(&browser.address(), "h1 .tag.bad");
}

pub(crate) fn map_to_traces(browser: &Browser) {
    browser.open_until("/map?last=5m", "#node-fulfilment");
    let calls = browser.texts("tbody tr").join("\n");
    for call in [
        ("user", "api"),
        ("api", "fulfilment"),
        ("fulfilment", "sqlite"),
    ] {
        let line = format!("{}→ {}", call.0, call.1);
        assert!(calls.contains(&line), "{line} is not among\n{calls}");
    }
    browser.enter("#node-fulfilment");
    assert!(browser.address().starts_with("/traces?service=fulfilment"));
    let services = browser.texts("td.names");
    assert!(!services.is_empty());
    assert!(
        services.iter().all(|names| names.contains("fulfilment")),
        "{services:?}"
    );
}

fn has_chart_of(browser: &Browser, family: &str) {
    assert_eq!(browser.text("h1"), family);
    assert!(
        browser.has(".chart.tall path.line"),
        "{}",
        browser.text("main")
    );
}

pub(crate) fn map_to_metrics(browser: &Browser) {
    browser.open_until("/map?last=5m", "#node-fulfilment");
    browser.click("td.go a[href*='http_server'][href*='service=fulfilment']");
    has_chart_of(browser, "http_server_request_duration_seconds");
    browser.open("/map?last=5m");
    browser.click("td.go a[href*='db_client'][href*='service=fulfilment']");
    has_chart_of(browser, "db_client_operation_duration_seconds");
}

pub(crate) fn a_row_of_messages_leads_to_their_numbers(browser: &Browser) {
    let link = "[data-rows] tbody th a[href*='messaging_process_duration_seconds']";
    browser.open_until("/?last=5m", link);
    browser.click(link);
    has_chart_of(browser, "messaging_process_duration_seconds");
}

pub(crate) fn profile_to_lines_and_all_of_the_service(browser: &Browser) {
    profiled_trace(browser);
    let trace = open_trace(browser);
    browser.click("#to-profile");
    browser.click("a.way[href^='/logs']");
    let lines = browser.address();
    assert!(lines.contains(&trace), "{lines}");
    browser.open_until(&lines, ".line");
    browser.click("#to-trace");
    assert_eq!(open_trace(browser), trace);

    browser.click("#to-profile");
    browser.click("a.way[href^='/profiles']");
    assert!(
        !browser.address().contains("span="),
        "{}",
        browser.address()
    );
    browser.open_until(&browser.address(), ".flame");
}
