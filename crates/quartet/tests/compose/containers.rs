//! Rules that running containers keep, as the engine and the kernel tell them.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::stack::{Stack, docker};

/// A rule for one container.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    holds: fn(&Value) -> Result<()>,
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "running: no privileges, by the engine's word",
        holds: |container| {
            let host = &container["HostConfig"];
            ensure!(host["Privileged"] == false, "privileged");
            ensure!(
                host["CapDrop"] == json!(["ALL"]) && host["CapAdd"].is_null(),
                "capabilities"
            );
            ensure!(
                host["SecurityOpt"] == json!(["no-new-privileges:true"]),
                "it may gain privileges"
            );
            ensure!(
                host["ReadonlyRootfs"] == true,
                "it writes to its own file system"
            );
            Ok(())
        },
    },
    Rule {
        name: "running: no root and no capabilities, by the kernel's word",
        holds: |container| {
            let pid = &container["State"]["Pid"];
            let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
            let field = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                line.map(str::trim)
                    .with_context(|| format!("no {name} of process {pid}"))
            };
            ensure!(
                !field("Uid:")?.split_whitespace().any(|id| id == "0"),
                "user 0"
            );
            ensure!(
                !field("Gid:")?.split_whitespace().any(|id| id == "0"),
                "group 0"
            );
            for set in ["CapEff:", "CapPrm:", "CapBnd:"] {
                let bits = field(set)?;
                ensure!(bits.bytes().all(|digit| digit == b'0'), "{set} {bits}");
            }
            ensure!(field("NoNewPrivs:")? == "1", "it may gain privileges");
            ensure!(field("Seccomp:")? == "2", "no filter of system calls");
            Ok(())
        },
    },
    Rule {
        name: "running: limits of memory, processor and processes",
        holds: |container| {
            for limit in ["Memory", "NanoCpus", "PidsLimit"] {
                let value = container["HostConfig"][limit].as_i64().unwrap_or_default();
                ensure!(0 < value, "{limit} is {value}");
            }
            Ok(())
        },
    },
    Rule {
        name: "running: healthy, each by a word of its own but tempo",
        holds: |container| {
            let health = container["State"]["Health"]["Status"].as_str();
            ensure!(
                health == Some("healthy") || service(container) == "tempo",
                "{health:?}"
            );
            ensure!(
                container["RestartCount"] == 0,
                "started again {} times",
                container["RestartCount"]
            );
            Ok(())
        },
    },
    Rule {
        name: "running: published on loopback alone, stores not at all",
        holds: |container| {
            let ports = container["NetworkSettings"]["Ports"].as_object();
            let published = ports
                .into_iter()
                .flatten()
                .flat_map(|(_, places)| places.as_array().into_iter().flatten());
            for place in published {
                ensure!(place["HostIp"] == "127.0.0.1", "{place}");
                let known = ["alloy", "api", "fulfilment", "grafana"];
                ensure!(
                    known.contains(&service(container)),
                    "a store is published: {place}"
                );
            }
            Ok(())
        },
    },
    Rule {
        name: "running: no secret in arguments and environment",
        holds: |container| {
            let told = format!("{} {}", container["Config"]["Env"], container["Args"]);
            let mounts = container["Mounts"].as_array().into_iter().flatten();
            let secrets = mounts.filter(|mount| {
                mount["Destination"]
                    .as_str()
                    .is_some_and(|to| to.starts_with("/run/secrets/"))
            });
            for secret in secrets {
                let value = fs::read_to_string(secret["Source"].as_str().unwrap_or_default())?;
                ensure!(20 < value.len(), "a secret of {} letters", value.len());
                ensure!(!told.contains(&value), "{}", secret["Destination"]);
            }
            Ok(())
        },
    },
];

/// Whether every container of these stacks keeps the rule.
pub(crate) fn hold(rule: &Rule, stacks: &[&Stack]) -> Result<()> {
    for stack in stacks {
        let containers = stack.containers()?;
        ensure!(
            12 <= containers.len(),
            "{} has {} containers",
            stack.name,
            containers.len()
        );
        for container in &containers {
            (rule.holds)(container)
                .with_context(|| format!("{} of {}", service(container), stack.name))?;
        }
    }
    Ok(())
}

/// Who joins must meet the collector, and no store.
pub(crate) fn only_services_are_in_telemetry(stack: &Stack) -> Result<()> {
    let network = format!("{}_telemetry", stack.name);
    let containers = stack.containers()?;
    let inside = containers
        .iter()
        .filter(|container| !container["NetworkSettings"]["Networks"][&network].is_null());
    let mut inside: Vec<_> = inside.map(service).collect();
    inside.sort_unstable();
    ensure!(inside == ["alloy", "api", "fulfilment"], "{inside:?}");
    let internal = docker(&["network", "inspect", "--format", "{{.Internal}}", &network])?;
    ensure!(internal.trim() == "true", "{network} leads out");
    Ok(())
}

/// Asks the engine through the proxy for what Alloy needs, and for what nobody needs.
pub(crate) fn the_engine_is_guarded(stack: &Stack) -> Result<()> {
    for (request, expected) in [
        ("GET /v1.41/containers/json", "200"),
        ("GET /v1.41/networks", "200"),
        ("GET /v1.41/images/json", "403"),
        ("GET /v1.41/containers/0123456789ab/archive?path=/", "403"),
        ("GET /v1.41/containers/0123456789ab/attach/ws", "403"),
        ("GET /v1.41/secrets", "403"),
        ("POST /v1.41/containers/create", "403"),
        ("DELETE /v1.41/containers/0123456789ab", "403"),
    ] {
        let script = format!(
            "exec 3<>/dev/tcp/docker-proxy/2375; printf '{request} HTTP/1.0\\r\\nHost: docker\\r\\n\\r\\n' >&3; head -n 1 <&3"
        );
        let answer = stack.inside("alloy", &["bash", "-c", &script])?;
        // A method of which nothing is allowed at all may have a status of its own.
        let refused = expected == "403" && answer.contains(" 405 ");
        ensure!(
            refused || answer.contains(&format!(" {expected} ")),
            "{request}: {answer}"
        );
    }
    Ok(())
}

fn service(container: &Value) -> &str {
    let label = &container["Config"]["Labels"]["com.docker.compose.service"];
    label.as_str().unwrap_or("?")
}
