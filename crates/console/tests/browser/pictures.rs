//! The pictures of the README, with real data.

use std::path::Path;

use crate::browser::Browser;

/// Takes them, where the environment says where to.
pub(crate) async fn take(browser: &Browser) {
    #[expect(clippy::disallowed_methods, reason = "the recipe says where pictures go")]
    let Ok(directory) = std::env::var("QUARTET_PICTURES") else {
        return;
    };
    let save = async |name: &str| {
        let file = Path::new(&directory).join(format!("{name}.png"));
        std::fs::write(file, browser.picture().await).unwrap();
    };
    browser.open("/?last=5m").await;
    save("overview").await;
    browser
        .open("/traces?service=fulfilment&name=process+orders&last=5m")
        .await;
    browser.click("tbody th a").await;
    save("trace").await;
    browser.open("/metrics?family=http_server_request_duration_seconds&last=5m").await;
    save("metric").await;
    browser.open("/profiles?service=api&last=5m").await;
    save("profile").await;
    browser.open("/logs?last=5m").await;
    save("logs").await;
    browser.open("/map?last=5m").await;
    save("map").await;
}
