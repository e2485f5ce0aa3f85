//! The pictures of the README, with real data.

use std::path::Path;

use crate::browser::Browser;

/// Takes them, where the environment says where to.
pub(crate) fn take(browser: &Browser) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the recipe says where pictures go"
    )]
    let Ok(directory) = std::env::var("QUARTET_PICTURES") else {
        return;
    };
    let save = |name: &str| {
        let file = Path::new(&directory).join(format!("{name}.png"));
        std::fs::write(file, browser.picture()).unwrap();
    };
    browser.open("/?last=5m");
    save("overview");
    browser.open("/traces?service=fulfilment&name=process+orders&last=5m");
    browser.click("tbody th a");
    save("trace");
    browser.open("/metrics?family=http_server_request_duration_seconds&last=5m");
    save("metric");
    browser.open("/profiles?service=api&last=5m");
    save("profile");
    browser.open("/logs?last=5m");
    save("logs");
    browser.open("/map?last=5m");
    save("map");
}
