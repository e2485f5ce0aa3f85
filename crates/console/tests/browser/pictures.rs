//! Pictures of every page with real data, wide and narrow, light and dark. Some are the README's.

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
    std::fs::create_dir_all(&directory).unwrap();
    let save = |name: &str| {
        let file = Path::new(&directory).join(format!("{name}.png"));
        std::fs::write(file, browser.picture()).unwrap();
    };
    browser.open("/traces?service=fulfilment&name=process+orders&last=5m");
    browser.click("tbody th a");
    let trace = browser.address();
    for (name, path) in [
        ("overview", "/?last=5m"),
        ("traces", "/traces?last=5m"),
        ("trace", &trace),
        ("map", "/map?last=5m"),
        ("logs", "/logs?last=5m"),
        ("metrics", "/metrics?last=5m"),
        (
            "metric",
            "/metrics?family=http_server_request_duration_seconds&last=5m",
        ),
        ("profile", "/profiles?service=api&last=5m"),
    ] {
        browser.open(path);
        save(name);
        browser.click("button[value=dark]");
        save(&format!("{name}-dark"));
        browser.resize(400);
        save(&format!("{name}-dark-narrow"));
        browser.click("button[value=light]");
        save(&format!("{name}-narrow"));
        browser.resize(1440);
    }
}
