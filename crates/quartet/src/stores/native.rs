//! Where the stores are in native mode, as their addresses say.

use anyhow::{Context, Result};

use super::Stores;
use super::http::Address;
use crate::variables::Variables;

impl Stores {
    /// Those of `deploy/native/addresses.env`, as far as the environment does not move them.
    pub(crate) fn native(variables: &Variables) -> Result<Self> {
        let address = |name: &str| -> Result<Address> {
            let url = variables
                .get(name)
                .with_context(|| format!("no variable {name} says where that is"))?;
            Ok(Address::open(url))
        };
        Ok(Self {
            metrics: address("VICTORIAMETRICS_URL")?,
            lines: address("LOKI_URL")?,
            traces: address("TEMPO_URL")?,
            flames: address("PYROSCOPE_URL")?,
            alerts: address("ALERTMANAGER_URL")?,
        })
    }

    /// The same behind a Grafana, by the uids of its data sources.
    pub(crate) fn behind(grafana: &Address) -> Self {
        let source = |uid: &str| grafana.below(&format!("/api/datasources/proxy/uid/{uid}"));
        Self {
            metrics: source("metrics"),
            lines: source("logs"),
            traces: source("traces"),
            flames: source("profiles"),
            alerts: source("alertmanager"),
        }
    }
}
