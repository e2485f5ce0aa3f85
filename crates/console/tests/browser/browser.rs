//! Chromium as the tests see it, by the `WebDriver` protocol: JSON over the HTTP client of the testbed.

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testbed::{PATIENCE, Process, Program, eventually, http};

use crate::world::World;

/// The key, as the protocol spells it.
const ENTER: char = '\u{e007}';

/// The name under which the protocol speaks of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

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
    driver: SocketAddr,
    session: String,
    origin: String,
    _process: Process,
}

impl Browser {
    /// Opens the console by its link.
    pub(crate) fn start(world: &World) -> Self {
        let process = Program::new(Path::new("chromedriver"))
            .arg("--port=0")
            .spawn();
        let line = process.wait_for_line("chromedriver to start", |line| {
            line.contains("started successfully on port")
        });
        let port = line.rsplit(' ').next().unwrap().trim_end_matches('.');
        let mut browser = Self {
            driver: format!("127.0.0.1:{port}").parse().unwrap(),
            session: String::new(),
            origin: format!("http://{}", world.console.address("public")),
            _process: process,
        };
        let profile = browser._process.directory().join("profile");
        let profile = format!("--user-data-dir={}", profile.display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile.as_str()]).collect();
        let options = json!({ "args": arguments });
        let wanted = json!({ "alwaysMatch": { "goog:chromeOptions": options } });
        let made = browser.tell("POST", "/session", &json!({ "capabilities": wanted }));
        let id = made["sessionId"].as_str().unwrap();
        browser.session = format!("/session/{id}");
        browser.resize(1440);
        browser.command("url", &json!({ "url": world.link() }));
        let address = browser.address();
        assert!(!address.contains("token"), "the token stays in {address}");
        browser
    }

    /// Ends it.
    pub(crate) fn quit(self) {
        self.tell("DELETE", &self.session, &json!({}));
    }

    /// Opens a page of the console.
    pub(crate) fn open(&self, path: &str) {
        self.go(&format!("{}{path}", self.origin));
    }

    /// Opens any address.
    pub(crate) fn go(&self, address: &str) {
        self.command("url", &json!({ "url": address }));
    }

    /// Opens a page again and again until it has what is asked for: telemetry takes its time.
    pub(crate) fn open_until(&self, path: &str, css: &str) {
        self.reopen(path, css, || self.has(css));
    }

    /// Opens a page again and again until each of the names is in a text of what matches.
    pub(crate) fn open_until_named(&self, path: &str, css: &str, names: &[&str]) {
        self.reopen(path, &format!("{css} of {names:?}"), || {
            let texts = self.texts(css);
            let is_there = |name: &&str| texts.iter().any(|text| text.contains(*name));
            names.iter().all(is_there)
        });
    }

    fn reopen(&self, path: &str, what: &str, is_there: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.open(path);
            if is_there() {
                return;
            }
            let page = self.text("main");
            assert!(
                Instant::now() < deadline,
                "{path} never has {what}:\n{page}"
            );
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// Clicks the first thing that matches, which has to be there.
    pub(crate) fn click(&self, css: &str) {
        let element = self.find(css);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    /// Takes the first link that matches by the keyboard: shapes of a drawing can lie on top of each other.
    pub(crate) fn enter(&self, css: &str) {
        let here = self.address();
        let focus = "const link = document.querySelector(arguments[0]); link?.focus(); \
                     return document.activeElement === link";
        let is_there: bool = self.ask(focus, css);
        assert!(is_there, "{here} lacks {css}, or keys do not reach it");
        let key = |kind: &str| json!({ "type": kind, "value": ENTER });
        let keys =
            json!({ "type": "key", "id": "keys", "actions": [key("keyDown"), key("keyUp")] });
        self.command("actions", &json!({ "actions": [keys] }));
        eventually(&format!("{css} leads away from {here}"), || {
            self.address() != here
        });
    }

    /// Presses keys outside of any field.
    pub(crate) fn press(&self, keys: &str) {
        let element = self.find("body");
        self.command(
            &format!("element/{element}/value"),
            &json!({ "text": keys }),
        );
    }

    /// Whether something matches.
    pub(crate) fn has(&self, css: &str) -> bool {
        self.ask("return document.querySelector(arguments[0]) !== null", css)
    }

    /// The text of the first thing that matches.
    pub(crate) fn text(&self, css: &str) -> String {
        let element = self.find(css);
        let path = format!("{}/element/{element}/text", self.session);
        let text = self.tell("GET", &path, &Value::Null);
        text.as_str().unwrap().to_owned()
    }

    /// The text of everything that matches, also of what is not shown.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)";
        self.ask(script, css)
    }

    /// Where one is, without the origin.
    pub(crate) fn address(&self) -> String {
        let path = format!("{}/url", self.session);
        let address = self.tell("GET", &path, &Value::Null);
        address.as_str().unwrap().replace(&self.origin, "")
    }

    /// What a script finds out.
    pub(crate) fn ask<T: DeserializeOwned>(&self, script: &str, with: &str) -> T {
        let found = self.command("execute/sync", &json!({ "script": script, "args": [with] }));
        serde_json::from_value(found).unwrap()
    }

    /// Gives the page so many pixels.
    pub(crate) fn resize(&self, width: u32) {
        let metrics = json!({
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false,
        });
        let order = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        self.command("goog/cdp/execute", &order);
    }

    /// What it looks like.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let path = format!("{}/screenshot", self.session);
        let picture = self.tell("GET", &path, &Value::Null);
        BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    fn find(&self, css: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": css });
        let found = self.command("element", &wanted);
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn command(&self, name: &str, what: &Value) -> Value {
        self.tell("POST", &format!("{}/{name}", self.session), what)
    }

    #[track_caller]
    fn tell(&self, method: &str, path: &str, what: &Value) -> Value {
        let body = match what {
            Value::Null => String::new(),
            what => what.to_string(),
        };
        let json = [("Content-Type", "application/json")];
        let answer = http::send(self.driver, method, path, &json, body.as_bytes()).unwrap();
        let mut answer: Value = serde_json::from_str(answer.text()).unwrap();
        let value = answer["value"].take();
        let error = value.get("error").and_then(Value::as_str);
        assert!(
            error.is_none(),
            "{method} {path} {what}: {} {}",
            value["error"],
            value["message"]
        );
        value
    }
}
