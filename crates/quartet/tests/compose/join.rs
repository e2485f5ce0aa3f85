//! A service of another project joins a stack as docs/onboarding.md says.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::signals::{ask, has_line, has_profile, metric};
use crate::stack::{Stack, eventually, output, project};

const PATIENCE: Duration = Duration::from_secs(90);

/// What the image of `api` needs on its own, so that it can be the service of somebody else.
const OWN: &str = "services:
  shop:
    environment:
      DATABASE_URL: sqlite:///tmp/shop.db
      QUARTET_HTTP_ADDRESS: 0.0.0.0:8000
      QUARTET_OPERATIONS_ADDRESS: 0.0.0.0:9000
      QUARTET_FULFILMENT_URL: none
";

/// Starts the example of the page, finds its signals in the stack, and takes it away again.
pub(crate) fn joins_and_leaves(stack: &Stack) -> Result<()> {
    let page = fs::read_to_string(project().join("docs/onboarding.md"))?;
    let example = page
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example = example
        .context("docs/onboarding.md has no example")?
        .replace("shop:1.0", "quartet-api:local")
        .replace("quartet_telemetry", &format!("{}_telemetry", stack.name));
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("compose.yaml"), example)?;
    fs::write(folder.path().join("own.yaml"), OWN)?;
    // What a run left that was killed, in a network that is no more.
    shop(folder.path(), &["down", "--volumes"])?;
    shop(folder.path(), &["up", "--detach"])?;
    let outcome = is_seen(stack);
    shop(folder.path(), &["down", "--volumes"])?;
    outcome?;
    eventually("it is gone from the targets", PATIENCE, || {
        Ok(metric(stack, r#"up{service_name="shop"}"#)?.is_empty())
    })?;
    ensure!(
        !metric(stack, r#"up{service_name="api"} == 1"#)?.is_empty(),
        "api went with it"
    );
    Ok(())
}

fn is_seen(stack: &Stack) -> Result<()> {
    eventually("its metrics are scraped", PATIENCE, || {
        Ok(!metric(stack, r#"up{job="service",service_name="shop"} == 1"#)?.is_empty())
    })?;
    let get = "exec 3<>/dev/tcp/shop/8000; printf 'GET /api/items HTTP/1.0\\r\\nHost: localhost\\r\\nX-Request-Id: joined\\r\\n\\r\\n' >&3; head -n 1 <&3";
    let answer = stack.inside("alloy", &["bash", "-c", get])?;
    ensure!(answer.contains(" 200 "), "shop answered {answer}");
    eventually("its line is collected", PATIENCE, || {
        has_line(stack, "request_id=joined")
    })?;
    eventually("its trace is found", PATIENCE, || {
        let query = r#"{ resource.service.name = "shop" }"#;
        let found = ask(stack, "http://tempo:3200/api/search", &[("q", query)])?;
        Ok(found["traces"]
            .as_array()
            .is_some_and(|traces| !traces.is_empty()))
    })?;
    eventually("its profile is there", PATIENCE, || {
        has_profile(stack, "shop")
    })
}

fn shop(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("docker");
    command
        .args(["compose", "--project-name", "e2e-shop", "--file"])
        .arg(folder.join("compose.yaml"))
        .arg("--file")
        .arg(folder.join("own.yaml"))
        .args(arguments);
    output(&mut command)
}
