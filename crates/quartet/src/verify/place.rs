//! Where to look: stores, services, and the links and panels that are to hold there.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::links::range::Range;
use crate::links::source::{Source, Sources};
use crate::parts::Mode;
use crate::plan;
use crate::project::Project;
use crate::root::Root;
use crate::stores::Stores;
use crate::stores::console::Console;
use crate::stores::http::Address;
use crate::variables::Variables;

/// The name that `just up` gives the person who administers Grafana.
const ADMIN: &str = "admin";
/// What the dashboards that are looked at are called.
const DASHBOARDS: &[&str] = &["services"];

/// Everything that is asked.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) stores: Stores,
    pub(crate) sources: Sources,
    pub(crate) dashboards: Vec<Value>,
    /// The public address of `api`.
    pub(crate) api: Address,
    /// Where each service serves its operators.
    pub(crate) operations: Vec<(&'static str, Address)>,
}

/// Embedded mode: the console, and the service that requests are made of.
#[derive(Debug)]
pub(crate) struct Viewed {
    pub(crate) console: Console,
    /// The public address of `api`.
    pub(crate) api: Address,
}

impl Viewed {
    pub(crate) fn of(root: &Root, project: &Project) -> Result<Self> {
        let variables = plan::variables(Mode::Embedded, project)?;
        Ok(Self {
            console: Console::embedded(root, &variables)?,
            api: Address::open(&variables.url("QUARTET_API_HTTP_ADDRESS")?),
        })
    }
}

impl Place {
    /// Native mode: the provisioned files, and the stores by their addresses.
    pub(crate) fn native(project: &Project) -> Result<Self> {
        let variables = plan::variables(Mode::Native, project)?;
        Ok(Self {
            sources: provisioned(project, &variables)?,
            dashboards: dashboards(project)?,
            ..Self::services(&variables)?
        })
    }

    /// What a Grafana has loaded, and the stores behind it.
    pub(crate) fn grafana(
        project: &Project,
        url: &str,
        password_file: Option<&Path>,
    ) -> Result<Self> {
        let grafana = match password_file {
            Some(file) => {
                let password = fs::read_to_string(file)
                    .with_context(|| format!("failed to read {}", file.display()))?;
                Address::guarded(url, ADMIN, password.trim_end())
            }
            None => Address::open(url),
        };
        let sources: Vec<Source> = grafana.get("/api/datasources", &[])?;
        let mut dashboards = Vec::new();
        for uid in DASHBOARDS {
            let mut loaded: Value = grafana.get(&format!("/api/dashboards/uid/{uid}"), &[])?;
            dashboards.push(loaded["dashboard"].take());
        }
        Ok(Self {
            stores: Stores::behind(&grafana),
            sources: Sources(sources),
            dashboards,
            ..Self::services(&plan::variables(Mode::Native, project)?)?
        })
    }

    fn services(variables: &Variables) -> Result<Self> {
        let address = |name| variables.url(name).map(|url| Address::open(&url));
        Ok(Self {
            stores: Stores::native(variables)?,
            sources: Sources::default(),
            dashboards: Vec::new(),
            api: address("QUARTET_API_HTTP_ADDRESS")?,
            operations: vec![
                ("api", address("QUARTET_API_OPERATIONS_ADDRESS")?),
                (
                    "fulfilment",
                    address("QUARTET_FULFILMENT_OPERATIONS_ADDRESS")?,
                ),
            ],
        })
    }

    /// The data source of traces, to which most links belong.
    pub(crate) fn traces(&self) -> Result<&Source, String> {
        let found = self.sources.of_kind("tempo");
        found.ok_or_else(|| "there is no data source of traces".to_owned())
    }

    /// The data source of logs.
    pub(crate) fn logs(&self) -> Result<&Source, String> {
        let found = self.sources.of_kind("loki");
        found.ok_or_else(|| "there is no data source of logs".to_owned())
    }

    /// Every panel of every dashboard, those of collapsed rows too.
    pub(crate) fn panels(&self) -> Vec<&Value> {
        let of_all = self
            .dashboards
            .iter()
            .flat_map(|dashboard| elements(&dashboard["panels"]));
        of_all.flat_map(with_inner).collect()
    }
}

/// A panel; of a row, those that are folded into it.
pub(crate) fn with_inner(panel: &Value) -> impl Iterator<Item = &Value> {
    let all = std::iter::once(panel).chain(elements(&panel["panels"]));
    all.filter(|panel| panel["type"] != "row")
}

/// The last while, up to now.
pub(crate) fn last(duration: Duration) -> Range {
    let to_ms = now_ms();
    Range {
        from_ms: to_ms - i64::try_from(duration.as_millis()).unwrap_or(0),
        to_ms,
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The elements of a list; none of anything else.
pub(crate) fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn provisioned(project: &Project, variables: &Variables) -> Result<Sources> {
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        datasources: Vec<Source>,
    }
    let mut sources = Vec::new();
    for path in files(
        &project.path("observability/grafana/provisioning/datasources"),
        "yaml",
    )? {
        let text = fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let file: File = serde_saphyr::from_str(&text)
            .with_context(|| format!("{} is not a list of data sources", path.display()))?;
        let of_file = file.datasources.into_iter();
        sources.extend(of_file.map(|source| source.provisioned(&|name| variables.get(name))));
    }
    Ok(Sources(sources))
}

fn dashboards(project: &Project) -> Result<Vec<Value>> {
    let paths = files(&project.path("observability/grafana/dashboards"), "json")?;
    let read = |path: &std::path::PathBuf| -> Result<Value> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a dashboard", path.display()))
    };
    paths.iter().map(read).collect()
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path, extension: &str) -> Result<Vec<std::path::PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    Ok(paths)
}
