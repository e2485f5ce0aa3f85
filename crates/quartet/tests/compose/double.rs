//! In the place of Grafana where its image cannot be had: what `quartet verify --grafana` asks of its API, answered
//! out of the provisioned files and by the stores themselves. It proves our side of that API, not Grafana's.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testbed::http::{self, Question, Questions};

use crate::stack::{Stack, project};

const PROXY: &str = "/api/datasources/proxy/uid/";

/// What it knows: data sources as provisioned, where their stores are, and who may ask.
struct Known {
    sources: Value,
    stores: HashMap<String, SocketAddr>,
    authorization: String,
}

/// Serves until this process ends; the answer is its address.
pub(crate) fn start(stack: &Stack, password: &str) -> Result<SocketAddr> {
    let sources = sources()?;
    let mut stores = HashMap::new();
    for source in sources.as_array().into_iter().flatten() {
        let text = |key: &str| source[key].as_str().unwrap_or_default();
        let (_, host) = text("url").split_once("://").context("no address")?;
        let (service, port) = host.split_once(':').context("no port")?;
        let address = SocketAddr::from((address(stack, service)?, port.parse()?));
        stores.insert(text("uid").to_owned(), address);
    }
    let known = Arc::new(Known {
        sources,
        stores,
        authorization: format!("Basic {}", STANDARD.encode(format!("admin:{password}"))),
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let place = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let known = Arc::clone(&known);
            // Who asks sees that the connection ends, and says so.
            thread::spawn(move || drop(converse(&known, stream)));
        }
    });
    Ok(place)
}

/// The data sources as Grafana would have read them.
fn sources() -> Result<Value> {
    let path = project().join("observability/grafana/provisioning/datasources/quartet.yaml");
    let text = fs::read_to_string(path)?;
    let read = text.replace("${SCRAPE_INTERVAL}", "2s").replace("$$", "$");
    let mut file: Value = serde_saphyr::from_str(&read)?;
    Ok(file["datasources"].take())
}

/// Where a store is on its bridge, which the machine of the engine reaches.
fn address(stack: &Stack, service: &str) -> Result<Ipv4Addr> {
    let containers = stack.containers()?;
    let it = containers
        .iter()
        .find(|it| it["Config"]["Labels"]["com.docker.compose.service"] == service);
    let network = format!("{}_backends", stack.name);
    let address =
        it.and_then(|it| it["NetworkSettings"]["Networks"][&network]["IPAddress"].as_str());
    address
        .with_context(|| format!("{service} has no address in {network}"))?
        .parse()
        .context("not an address")
}

fn converse(known: &Known, stream: TcpStream) -> Result<()> {
    let question = Questions::default().next(&stream)?;
    let question = question.context("nothing was asked")?;
    let (status, body) = answer(known, &question)?;
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    (&stream).write_all(&[head.as_bytes(), &body].concat())?;
    Ok(())
}

fn answer(known: &Known, question: &Question) -> Result<(u16, Vec<u8>)> {
    if question.header("authorization") != Some(&known.authorization) {
        return Ok((
            401,
            br#"{"message":"Invalid username or password"}"#.to_vec(),
        ));
    }
    let path = question.target.as_str();
    if let Some((uid, rest)) = path
        .strip_prefix(PROXY)
        .and_then(|rest| rest.split_once('/'))
    {
        let Some(store) = known.stores.get(uid) else {
            return Ok((404, br#"{"message":"Data source not found"}"#.to_vec()));
        };
        let passed = ["accept", "content-type"].map(|name| Some((name, question.header(name)?)));
        let passed: Vec<_> = passed.into_iter().flatten().collect();
        let answer = http::send(
            *store,
            &question.method,
            &format!("/{rest}"),
            &passed,
            &question.body,
        )?;
        return Ok((answer.status, answer.body));
    }
    if path == "/api/datasources" {
        return Ok((200, serde_json::to_vec(&known.sources)?));
    }
    let Some(uid) = path.strip_prefix("/api/dashboards/uid/") else {
        return Ok((404, br#"{"message":"Not found"}"#.to_vec()));
    };
    let file = project().join(format!("observability/grafana/dashboards/{uid}.json"));
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
    Ok((200, serde_json::to_vec(&json!({ "dashboard": dashboard }))?))
}
