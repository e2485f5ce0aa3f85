//! What one start is to run: the table of the mode under the environment of the user.

mod fingerprint;

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::parts::{Mode, Part, Program, SHARED};
use crate::project::Project;
use crate::root::Root;
use crate::variables::Variables;

/// A part with what this start gives it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) part: &'static Part,
    pub(crate) arguments: Vec<String>,
    /// What to add to the environment that the part inherits.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) listens: Vec<Listen>,
    pub(crate) ready: String,
    /// What a person may want to look at.
    pub(crate) places: Vec<(String, String)>,
    /// A file to write before it starts: a path below the root, and what is in it.
    pub(crate) rendered: Option<(PathBuf, String)>,
    /// Folder of the project with what it reads.
    folder: Option<PathBuf>,
}

/// An address, and the variable by which the user moves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listen {
    pub(crate) variable: String,
    pub(crate) address: SocketAddr,
}

/// The variables of a mode under the environment of this process.
pub(crate) fn variables(mode: Mode, project: &Project) -> Result<Variables> {
    Ok(Given::new(mode, project, Variables::of_process())?.variables)
}

/// The plan of every part under the environment of this process.
pub(crate) fn plans(mode: Mode, project: &Project) -> Result<Vec<Plan>> {
    plans_under(mode, project, Variables::of_process())
}

fn plans_under(mode: Mode, project: &Project, environment: Variables) -> Result<Vec<Plan>> {
    for (shared, own) in SHARED {
        if let Some(value) = environment.get(shared) {
            bail!("{shared}={value} cannot be for every part: set {own} and the like instead");
        }
    }
    let mut given = Given::new(mode, project, environment)?;
    let parts = mode.table().parts.iter();
    let plans = parts.map(|part| {
        Plan::new(part, &mut given, project).with_context(|| format!("cannot plan {}", part.name))
    });
    let plans = plans.collect::<Result<Vec<_>>>()?;
    tell_apart(&plans)?;
    Ok(plans)
}

/// What all parts of a mode have in common.
struct Given {
    variables: Variables,
    /// Names of those that every backend is told.
    of_backends: Vec<String>,
}

impl Given {
    fn new(mode: Mode, project: &Project, mut variables: Variables) -> Result<Self> {
        let table = mode.table();
        let mut of_backends = Vec::new();
        for file in table.files {
            of_backends.extend(variables.load(&project.path(file))?);
        }
        for (name, value) in table.defaults.iter().copied().flatten() {
            variables.default(name, value)?;
        }
        variables.fix("project", &project.path("").display().to_string());
        Ok(Self {
            variables,
            of_backends,
        })
    }
}

impl Plan {
    fn new(part: &'static Part, given: &mut Given, project: &Project) -> Result<Self> {
        let told = told(part, given, project)?;
        let variables = &given.variables;
        let expanded = |text: &&str| variables.expand(text);
        let listens = part.listens.iter();
        let places = part.places.iter();
        Ok(Self {
            part,
            arguments: part.arguments.iter().map(expanded).collect::<Result<_>>()?,
            environment: told,
            listens: listens
                .map(|(variable, address)| Listen::new(variable, &variables.expand(address)?))
                .collect::<Result<_>>()?,
            ready: variables.expand(part.ready)?,
            places: places
                .map(|(title, place)| Ok(((*title).to_owned(), variables.expand(place)?)))
                .collect::<Result<_>>()?,
            rendered: rendered(part, variables, project)?,
            folder: part
                .configuration
                .as_ref()
                .map(|configuration| project.path(configuration.folder)),
        })
    }

    /// Where the program lies.
    pub(crate) fn program(&self, project: &Project) -> Result<PathBuf> {
        let program = match self.part.program {
            Program::Backend(program) => project.backend(program)?,
            Program::Service => {
                let own = std::env::current_exe();
                let own = own.context("failed to find the program's own file")?;
                own.with_file_name(self.part.name)
            }
        };
        ensure!(
            program.is_file(),
            "{} is not built: no such file {}",
            self.part.name,
            program.display()
        );
        Ok(program)
    }

    /// Tells what it is started with from what it was started with.
    pub(crate) fn settings(&self) -> u64 {
        let told = (&self.arguments, &self.environment, &self.rendered);
        fingerprint::fingerprint(&told, self.folder.as_deref())
    }

    /// Writes what the part reads a copy of, for nobody else's eyes: receivers of alerts have secrets.
    pub(crate) fn write(&self, root: &Root) -> Result<()> {
        let Some((path, text)) = &self.rendered else {
            return Ok(());
        };
        let path = root.path().join(path);
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("failed to write {}", path.display()))
    }
}

/// What the part is told beyond what it inherits.
fn told(part: &Part, given: &mut Given, project: &Project) -> Result<Vec<(String, String)>> {
    let mut names: Vec<String> = part.told.iter().map(|name| (*name).to_owned()).collect();
    if let Some(configuration) = &part.configuration {
        names.extend(given.of_backends.iter().cloned());
        names.extend(
            given
                .variables
                .load_all(&project.path(configuration.folder))?,
        );
    }
    let variables = &given.variables;
    let mut told = Vec::new();
    for name in &names {
        let value = variables.get(name);
        let value = value.with_context(|| format!("no variable is called {name}"))?;
        told.push((name.clone(), value.to_owned()));
    }
    for (name, value) in part.environment {
        if !variables.is_set(name) {
            told.push(((*name).to_owned(), variables.expand(value)?));
        }
    }
    Ok(told)
}

fn rendered(
    part: &Part,
    variables: &Variables,
    project: &Project,
) -> Result<Option<(PathBuf, String)>> {
    let configuration = part.configuration.as_ref();
    let Some((from, to)) = configuration.and_then(|configuration| configuration.rendered) else {
        return Ok(None);
    };
    let from = project.path(from);
    let text =
        fs::read_to_string(&from).with_context(|| format!("failed to read {}", from.display()))?;
    let text = variables
        .render(&text)
        .with_context(|| format!("{} cannot be rendered", from.display()))?;
    Ok(Some((PathBuf::from(to), text)))
}

impl Listen {
    fn new(variable: &str, value: &str) -> Result<Self> {
        let address: SocketAddr = value.parse().with_context(|| {
            format!("{variable}={value} is not an address such as 127.0.0.1:8000")
        })?;
        ensure!(
            address.port() != 0,
            "{variable}={value} leaves the port open: name one, such as 127.0.0.1:8000"
        );
        Ok(Self {
            variable: variable.to_owned(),
            address,
        })
    }
}

/// Two parts on one port could not both start, and which of them did would be chance.
fn tell_apart(plans: &[Plan]) -> Result<()> {
    let mut taken: HashMap<u16, &str> = HashMap::new();
    for Listen { variable, address } in plans.iter().flat_map(|plan| &plan.listens) {
        if let Some(other) = taken.insert(address.port(), variable) {
            bail!("{other} and {variable} are on one port, {}", address.port());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn planned(mode: Mode, variables: &[(&str, &str)]) -> Result<Vec<Plan>> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let environment = variables.iter().copied().collect();
        plans_under(mode, &Project::new(&project)?, environment)
    }

    fn embedded(variables: &[(&str, &str)]) -> Result<Vec<Plan>> {
        planned(Mode::Embedded, variables)
    }

    fn told(plan: &Plan, name: &str) -> Option<String> {
        let found = plan.environment.iter().find(|(told, _)| told == name);
        found.map(|(_, value)| value.clone())
    }

    fn ports(plan: &Plan) -> Vec<u16> {
        let listens = plan.listens.iter();
        listens.map(|listen| listen.address.port()).collect()
    }

    #[test]
    fn parts_get_their_defaults() {
        let plans = embedded(&[]).unwrap();

        let names: Vec<_> = plans.iter().map(|plan| plan.part.name).collect();
        assert_eq!(names, ["console", "api", "fulfilment"]);
        let [console, api, fulfilment] = &plans[..] else {
            unreachable!()
        };
        assert_eq!(ports(console), [3000, 9020, 4317, 4318, 4040, 3100]);
        assert_eq!(ports(api), [8000, 9000]);
        assert_eq!(ports(fulfilment), [8010, 9010]);
        for plan in [api, fulfilment] {
            for (name, value) in [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"),
                ("PYROSCOPE_SERVER_ADDRESS", "http://127.0.0.1:4040"),
                ("QUARTET_DEMO", "on"),
                ("QUARTET_DEMO_LATENCY", "on"),
                ("DATABASE_URL", "sqlite://data/quartet.db"),
                ("QUARTET_HTTP_ADDRESS", &plan.listens[0].address.to_string()),
                (
                    "QUARTET_OPERATIONS_ADDRESS",
                    &plan.listens[1].address.to_string(),
                ),
            ] {
                assert_eq!(told(plan, name).as_deref(), Some(value), "{name}");
            }
        }
    }

    #[test]
    fn what_the_user_sets_wins() {
        let set = [
            ("QUARTET_API_HTTP_ADDRESS", "127.0.0.1:8123"),
            ("QUARTET_DEMO", "off"),
        ];
        let plans = &embedded(&set).unwrap()[1..];

        assert_eq!(ports(&plans[0]), [8123, 9000]);
        assert_eq!(ports(&plans[1])[0], 8010);
        assert_eq!(
            told(&plans[0], "QUARTET_HTTP_ADDRESS").as_deref(),
            Some("127.0.0.1:8123")
        );
        assert_eq!(told(&plans[0], "QUARTET_DEMO").as_deref(), Some("off"));
        // A service that is no demo refuses to be as slow as one.
        assert_eq!(
            told(&plans[0], "QUARTET_DEMO_LATENCY").as_deref(),
            Some("off")
        );
    }

    #[test]
    fn everybody_is_told_where_fulfilment_is() {
        let url = |variables: &[_]| {
            let plans = embedded(variables).unwrap();
            told(&plans[1], "QUARTET_FULFILMENT_URL")
        };

        let moved = ("QUARTET_FULFILMENT_HTTP_ADDRESS", "0.0.0.0:8321");
        assert_eq!(url(&[]).as_deref(), Some("http://127.0.0.1:8010"));
        assert_eq!(url(&[moved]).as_deref(), Some("http://127.0.0.1:8321"));
        let nobody = ("QUARTET_FULFILMENT_URL", "none");
        assert_eq!(url(&[nobody]).as_deref(), Some("none"));
    }

    #[test]
    fn a_wrong_address_is_named() {
        let name = "QUARTET_FULFILMENT_OPERATIONS_ADDRESS";
        for wrong in ["nonsense", "8000", "127.0.0.1:0"] {
            let error = format!("{:#}", embedded(&[(name, wrong)]).unwrap_err());
            assert!(error.contains(&format!("{name}={wrong}")), "{error}");
        }
        let error = planned(Mode::Native, &[("TEMPO_HTTP_PORT", "many")]);
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.contains("TEMPO_HTTP_PORT=127.0.0.1:many"), "{error}");
    }

    #[test]
    fn an_address_for_every_part_is_refused() {
        for (name, own) in SHARED {
            let error = embedded(&[(name, "127.0.0.1:8123")])
                .unwrap_err()
                .to_string();
            assert!(error.contains("cannot be for every part"), "{error}");
            assert!(error.contains(own), "{error}");
        }
    }

    #[test]
    fn two_parts_on_one_port_are_named() {
        let error = embedded(&[("QUARTET_API_HTTP_ADDRESS", "0.0.0.0:9010")]);

        let error = error.unwrap_err().to_string();
        for name in [
            "QUARTET_API_HTTP_ADDRESS",
            "QUARTET_FULFILMENT_OPERATIONS_ADDRESS",
            "9010",
        ] {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_backend_is_told_addresses_timing_and_what_is_its_own() {
        let moved = ("VICTORIAMETRICS_LISTEN", "127.0.0.1:18428");
        let plans = planned(Mode::Native, &[moved]).unwrap();
        let of = |name: &str| plans.iter().find(|plan| plan.part.name == name).unwrap();
        let (store, rules) = (of("victoriametrics"), of("vmalert"));

        assert_eq!(ports(store), [18428]);
        assert_eq!(store.ready, "http://127.0.0.1:18428/health");
        assert!(
            store
                .arguments
                .contains(&"-httpListenAddr=127.0.0.1:18428".to_owned())
        );
        assert_eq!(
            told(rules, "VICTORIAMETRICS_URL").as_deref(),
            Some("http://127.0.0.1:18428")
        );
        assert_eq!(
            told(rules, "VMALERT_evaluationInterval").as_deref(),
            Some("2s")
        );
        assert_eq!(told(rules, "VM_retentionPeriod"), None);
        assert_eq!(told(store, "VM_retentionPeriod").as_deref(), Some("15d"));
        assert_eq!(told(store, "QUARTET_DEMO"), None);
        let memory = ["GOMEMLIMIT", "GOGC"];
        let limits = |name: &str| memory.map(|variable| told(of(name), variable));
        assert_eq!(limits("victoriametrics"), [Some("160MiB".to_owned()), None]);
        assert_eq!(
            limits("alloy"),
            ["224MiB", "50"].map(|it| Some(it.to_owned()))
        );
    }

    #[test]
    fn alertmanager_reads_a_copy_with_values() {
        let plans = planned(Mode::Native, &[("ALERT_GROUP_WAIT", "7s")]).unwrap();

        let (path, text) = plans.iter().find_map(|plan| plan.rendered.clone()).unwrap();

        assert_eq!(path, Path::new("run/alertmanager.yaml"));
        assert!(
            text.contains("group_wait: \"7s\"") && !text.contains("%{ALERT"),
            "{text}"
        );
    }
}
