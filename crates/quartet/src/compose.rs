//! Compose mode: everything in containers, by Docker Compose.

mod clean;
mod docker;
mod down;
mod engine;
mod logs;
mod part;
mod ports;
mod rendered;
mod secrets;
mod status;
mod up;
mod wait;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;

pub(crate) use clean::clean;
pub(crate) use docker::answers;
pub(crate) use down::down;
pub(crate) use logs::logs;
pub(crate) use status::status;
pub(crate) use up::{How, up};

use crate::project::Project;
use crate::record::Record;
use crate::root::Root;
use crate::variables::Variables;

/// The name of the stack unless another one is given.
const DEFAULT_NAME: &str = "quartet";

/// Which stack of containers, if there are several.
#[derive(Debug, Args)]
pub(crate) struct Name {
    /// Name of the stack of containers; several run side by side
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Name {
    /// Whether no stack was named, so that all are meant.
    pub(crate) fn is_any(&self) -> bool {
        self.name.is_none()
    }
}

/// One set of containers, networks and volumes: what Docker Compose calls a project.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    root: &'a Root,
    project: &'a Project,
    name: String,
}

impl<'a> Stack<'a> {
    /// The stack of this name.
    pub(crate) fn new(root: &'a Root, project: &'a Project, name: &str) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ensure!(
            name.starts_with(|first: char| first.is_ascii_lowercase())
                && name.bytes().all(allowed)
                && name.len() <= 32,
            "{name} cannot be the name of a stack: 32 lower-case letters, digits and - at most, first a letter"
        );
        Ok(Self {
            root,
            project,
            name: name.to_owned(),
        })
    }

    /// The stack that was asked for, or the usual one.
    pub(crate) fn asked(root: &'a Root, project: &'a Project, name: &Name) -> Result<Self> {
        Self::new(root, project, name.name.as_deref().unwrap_or(DEFAULT_NAME))
    }

    /// The stack that was asked for, or all of this root whose data were not deleted.
    pub(crate) fn known(root: &'a Root, project: &'a Project, name: &Name) -> Result<Vec<Self>> {
        if name.name.is_some() {
            return Ok(vec![Self::asked(root, project, name)?]);
        }
        let mut names: Vec<_> = fs::read_dir(folder(root))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
            .iter()
            .map(|name| Self::new(root, project, name))
            .collect()
    }

    /// The stack to look at: the one that was asked for, or that runs, unless processes do.
    pub(crate) fn running(
        root: &'a Root,
        project: &'a Project,
        name: &Name,
    ) -> Result<Option<Self>> {
        if name.name.is_none() && Record::read(root)?.is_some() {
            return Ok(None);
        }
        let known = Self::known(root, project, name)?;
        let mut asked = known
            .into_iter()
            .filter(|stack| name.name.is_some() || stack.is_started());
        Ok(asked.next())
    }

    /// Whether it was started and not stopped since.
    pub(crate) fn is_started(&self) -> bool {
        self.rendered().join(rendered::MARK).exists()
    }

    fn is_default(&self) -> bool {
        self.name == DEFAULT_NAME
    }

    /// The file with what is this stack's alone: secrets, ports, settings.
    fn settings(&self) -> PathBuf {
        let name = match self.is_default() {
            true => ".env".to_owned(),
            false => format!(".env.{}", self.name),
        };
        self.root.path().join(name)
    }

    /// The folder with what is written for the containers. It is there until the data are deleted.
    fn rendered(&self) -> PathBuf {
        folder(self.root).join(&self.name)
    }

    /// The environment of this process, and below it the stack's settings: as Docker Compose reads them.
    fn variables(&self) -> Result<Variables> {
        let mut variables = Variables::of_process();
        let settings = self.settings();
        if settings.exists() {
            variables.load(&settings)?;
        }
        Ok(variables)
    }

    /// `docker compose` for this stack, still without a command.
    fn compose(&self) -> Result<Command> {
        let mut command = Command::new("docker");
        command
            .args(["compose", "--ansi=never", "--progress=plain"])
            .args(["--project-name", &self.name])
            .arg("--file")
            .arg(self.project.path("deploy/compose/compose.yaml"))
            .arg("--env-file")
            .arg(self.project.path("deploy/compose/images.env"))
            .env("RENDERED", self.rendered())
            .envs(engine::socket(&self.variables()?)?);
        let settings = self.settings();
        if settings.exists() {
            command.arg("--env-file").arg(settings);
        }
        Ok(command)
    }

    /// What `docker compose` answers to these arguments.
    fn ask(&self, arguments: &[&str]) -> Result<String> {
        let what = arguments.first().copied().unwrap_or_default();
        docker::output(self.compose()?.args(arguments))
            .with_context(|| format!("docker compose {what} failed"))
    }
}

fn folder(root: &Root) -> PathBuf {
    root.run().join("compose")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_compose_takes() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path()).unwrap();
        let project = Project::new(folder.path()).unwrap();

        for name in ["quartet", "staging-2", "a"] {
            assert!(Stack::new(&root, &project, name).is_ok(), "{name}");
        }
        let long = "a".repeat(33);
        for name in ["", "Staging", "2nd", "-a", "a b", "../a", "a.b", &long] {
            assert!(Stack::new(&root, &project, name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_stack_is_known_until_its_data_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path()).unwrap();
        let project = Project::new(folder.path()).unwrap();
        let any = Name { name: None };
        let known = || Stack::known(&root, &project, &any).unwrap().len();

        assert_eq!(known(), 0);
        let stack = Stack::new(&root, &project, "staging").unwrap();
        fs::create_dir_all(stack.rendered()).unwrap();
        assert_eq!((known(), stack.is_started()), (1, false));
        stack.forget_rendered().unwrap();
        assert_eq!(known(), 0);
    }
}
