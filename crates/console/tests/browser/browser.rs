//! Chromium as the tests see it.

use std::path::Path;
use std::time::{Duration, Instant};

use testbed::{Process, Program};
use thirtyfour::prelude::*;

use crate::world::World;

/// How long a page may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(30);

const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// One window.
pub(crate) struct Browser {
    driver: WebDriver,
    origin: String,
    _process: Process,
}

impl Browser {
    /// Opens the console by its link.
    pub(crate) async fn start(world: &World) -> Self {
        let process = Program::new(Path::new("chromedriver"))
            .arg("--port=0")
            .patience(PATIENCE)
            .spawn();
        let line = process.wait_for_line("chromedriver to start", |line| {
            line.contains("started successfully on port")
        });
        let port: u16 = line
            .rsplit(' ')
            .next()
            .and_then(|word| word.trim_end_matches('.').parse().ok())
            .unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).unwrap();
        }
        let profile = format!("--user-data-dir={}", process.directory().join("profile").display());
        capabilities.add_arg(&profile).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities)
            .await
            .unwrap();
        let browser = Self {
            driver,
            origin: format!("http://{}", world.console.address("public")),
            _process: process,
        };
        browser.resize(1440).await;
        browser.driver.goto(world.link()).await.unwrap();
        let address = browser.address().await;
        assert!(!address.contains("token"), "the token stays in {address}");
        browser
    }

    /// Ends it.
    pub(crate) async fn quit(self) {
        self.driver.quit().await.unwrap();
    }

    /// Opens a page of the console.
    pub(crate) async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.origin);
        self.driver.goto(address).await.unwrap();
    }

    /// Opens a page again and again until it has what is asked for: telemetry takes its time.
    pub(crate) async fn open_until(&self, path: &str, css: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.open(path).await;
            if self.has(css).await {
                return;
            }
            assert!(Instant::now() < deadline, "{path} never has {css}:\n{}", self.text("main").await);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Clicks the first thing that matches, which has to be there.
    pub(crate) async fn click(&self, css: &str) {
        let found = self.find(css).await;
        found.scroll_into_view().await.unwrap();
        found.click().await.unwrap();
    }

    /// Follows the first link that matches by its address: shapes of a drawing can lie on top of each other.
    pub(crate) async fn follow(&self, css: &str) {
        let link = self.find(css).await.attr("href").await.unwrap().unwrap();
        self.open(&link).await;
    }

    /// Presses a key outside of any field.
    pub(crate) async fn press(&self, keys: &str) {
        self.find("body").await.send_keys(keys).await.unwrap();
    }

    /// Whether something matches.
    pub(crate) async fn has(&self, css: &str) -> bool {
        !self.driver.find_all(By::Css(css)).await.unwrap().is_empty()
    }

    /// The text of the first thing that matches.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// The text of everything that matches, also of what is not shown.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)";
        self.ask(script, css).await
    }

    /// Where one is, without the origin.
    pub(crate) async fn address(&self) -> String {
        let address = self.driver.current_url().await.unwrap().to_string();
        address.replace(&self.origin, "")
    }

    /// What a script finds out.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(&self, script: &str, with: &str) -> T {
        let answer = self.driver.execute(script, vec![with.into()]).await.unwrap();
        answer.convert().unwrap()
    }

    /// Gives the page so many pixels.
    pub(crate) async fn resize(&self, width: u32) {
        self.driver.set_window_rect(0, 0, width, 1_000).await.unwrap();
    }

    /// What it looks like.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.driver.screenshot_as_png().await.unwrap()
    }

    async fn find(&self, css: &str) -> WebElement {
        match self.driver.find(By::Css(css)).await {
            Ok(found) => found,
            Err(_) => panic!(
                "{} lacks {css}",
                self.driver.current_url().await.unwrap()
            ),
        }
    }
}
