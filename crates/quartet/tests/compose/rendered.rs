//! Rules that the file of Docker Compose keeps, each shown to notice a breach.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::stack::{output, project};

/// A rule, and a breach that it has to notice.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    holds: fn(&Value) -> Result<()>,
    breach: fn(&mut Value),
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "file: nothing is privileged",
        holds: |file| {
            each(file, |part| {
                let free = [
                    "privileged",
                    "cap_add",
                    "devices",
                    "pid",
                    "ipc",
                    "network_mode",
                    "userns_mode",
                ];
                let free = free.iter().find(|key| !part[**key].is_null());
                ensure!(free.is_none(), "{}", free.unwrap_or(&""));
                ensure!(part["cap_drop"] == json!(["ALL"]), "it keeps capabilities");
                ensure!(
                    part["security_opt"] == json!(["no-new-privileges:true"]),
                    "it may gain privileges"
                );
                Ok(())
            })
        },
        breach: |file| file["services"]["alloy"]["privileged"] = json!(true),
    },
    Rule {
        name: "file: what ends is started again",
        holds: |file| {
            each(file, |part| {
                ensure!(part["restart"] == "unless-stopped", "it stays away");
                Ok(())
            })
        },
        breach: |file| file["services"]["tempo"]["restart"] = json!("no"),
    },
    Rule {
        name: "file: nobody is root",
        holds: |file| {
            each(file, |part| {
                let user = part["user"].as_str().context("no user")?;
                let ids = user.split(':').map(str::parse::<u32>);
                let ids: Vec<u32> = ids
                    .collect::<Result<_, _>>()
                    .context("user is not of numbers")?;
                ensure!(ids.len() == 2 && !ids.contains(&0), "user {user}");
                Ok(())
            })
        },
        breach: |file| file["services"]["loki"]["user"] = json!("0:0"),
    },
    Rule {
        name: "file: what a part need not write is read-only",
        holds: |file| {
            each(file, |part| {
                ensure!(part["read_only"] == true, "its own file system is not");
                let mut mounts = part["volumes"].as_array().into_iter().flatten();
                let open =
                    mounts.find(|mount| mount["type"] == "bind" && mount["read_only"] != true);
                ensure!(open.is_none(), "{open:?}");
                Ok(())
            })
        },
        breach: |file| file["services"]["alloy"]["volumes"][0]["read_only"] = json!(false),
    },
    Rule {
        name: "file: no names that two stacks would share",
        holds: |file| {
            each(file, |part| {
                ensure!(part["container_name"].is_null(), "the container's");
                Ok(())
            })?;
            let owned = ["networks", "volumes"]
                .iter()
                .flat_map(|kind| file[kind].as_object().into_iter().flatten());
            for (name, it) in owned {
                let full = it["name"].as_str().unwrap_or_default();
                ensure!(full.starts_with("rendered_"), "{name}: {full}");
            }
            Ok(())
        },
        breach: |file| file["services"]["api"]["container_name"] = json!("api"),
    },
    Rule {
        name: "file: ports are on loopback, stores have none",
        holds: |file| {
            each(file, |part| {
                let mut ports = part["ports"].as_array().into_iter().flatten();
                let open = ports.find(|port| port["host_ip"] != "127.0.0.1");
                ensure!(open.is_none(), "{open:?}");
                Ok(())
            })?;
            let services = file["services"].as_object().context("no services")?;
            let published: Vec<_> = services
                .iter()
                .filter(|(_, part)| !part["ports"].is_null())
                .collect();
            let published: Vec<_> = published.iter().map(|(name, _)| name.as_str()).collect();
            ensure!(
                published == ["alloy", "api", "fulfilment", "grafana"],
                "{published:?}"
            );
            Ok(())
        },
        breach: |file| {
            file["services"]["loki"]["ports"] = json!([{"host_ip": "127.0.0.1", "target": 3100}])
        },
    },
    Rule {
        name: "file: each part has limits",
        holds: |file| {
            each(file, |part| {
                for limit in ["mem_limit", "cpus", "pids_limit", "stop_grace_period"] {
                    ensure!(!part[limit].is_null(), "no {limit}");
                }
                ensure!(
                    !part["logging"]["options"]["max-size"].is_null(),
                    "lines without end"
                );
                Ok(())
            })
        },
        breach: |file| file["services"]["tempo"]["mem_limit"] = Value::Null,
    },
    Rule {
        name: "file: each part is asked how it is",
        holds: |file| {
            let asked = file["services"]["ready"]["command"].to_string();
            for (name, part) in file["services"].as_object().context("no services")? {
                let own = part["healthcheck"]["test"]
                    .as_array()
                    .is_some_and(|test| 1 < test.len());
                ensure!(
                    own || asked.contains(&format!("http://{name}:")),
                    "{name}: by nobody"
                );
            }
            Ok(())
        },
        breach: |file| file["services"]["api"]["healthcheck"] = Value::Null,
    },
    Rule {
        name: "file: secrets are files",
        holds: |file| {
            each(file, |part| {
                for (name, value) in part["environment"].as_object().into_iter().flatten() {
                    let value = value.as_str().unwrap_or_default();
                    let secret = ["PASSWORD", "SECRET", "TOKEN"]
                        .iter()
                        .any(|word| name.contains(word));
                    ensure!(
                        !secret || value.starts_with("/run/secrets/"),
                        "{name} is in the environment"
                    );
                    let user = value
                        .split_once("://")
                        .and_then(|(_, rest)| rest.split_once('@'));
                    ensure!(
                        user.is_none_or(|(user, _)| !user.contains(':')),
                        "{name} holds a password"
                    );
                }
                Ok(())
            })
        },
        breach: |file| {
            file["services"]["api"]["environment"]["DATABASE_URL"] = json!("postgres://a:b@c/d")
        },
    },
    Rule {
        name: "file: no way leads out",
        holds: |file| {
            for (name, network) in file["networks"].as_object().context("no networks")? {
                let masquerade =
                    &network["driver_opts"]["com.docker.network.bridge.enable_ip_masquerade"];
                ensure!(
                    network["internal"] == true || masquerade == "false",
                    "{name}"
                );
            }
            Ok(())
        },
        breach: |file| file["networks"]["backends"]["internal"] = json!(false),
    },
    Rule {
        name: "file: each image has a version",
        holds: |file| {
            each(file, |part| {
                let image = part["image"].as_str().unwrap_or_default();
                let version = image.rsplit_once(':').map_or("", |(_, version)| version);
                ensure!(
                    !version.is_empty() && version != "latest" && !version.contains('/'),
                    "{image}"
                );
                Ok(())
            })
        },
        breach: |file| file["services"]["loki"]["image"] = json!("grafana/loki:latest"),
    },
];

/// Whether the file keeps the rule, and a breach is noticed.
pub(crate) fn hold(rule: &Rule) -> Result<()> {
    let mut file = rendered()?;
    (rule.holds)(&file)?;
    (rule.breach)(&mut file);
    ensure!((rule.holds)(&file).is_err(), "its breach is not noticed");
    Ok(())
}

fn each(file: &Value, rule: impl Fn(&Value) -> Result<()>) -> Result<()> {
    for (name, part) in file["services"].as_object().context("no services")? {
        rule(part).with_context(|| name.clone())?;
    }
    Ok(())
}

fn rendered() -> Result<Value> {
    let folder = project().join("deploy/compose");
    let mut command = Command::new("docker");
    command
        .args(["compose", "--project-name", "rendered", "--file"])
        .arg(folder.join("compose.yaml"))
        .arg("--env-file")
        .arg(folder.join("images.env"))
        .env("RENDERED", "/rendered")
        .env("DOCKER_SOCKET_GROUP", "999")
        .args(["config", "--format", "json"]);
    serde_json::from_str(&output(&mut command)?).context("docker compose config is not understood")
}
