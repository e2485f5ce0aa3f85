//! What must stay secret, and what is made once: in the stack's settings, and as files for the containers.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use rand::Rng;
use rand::distr::Alphanumeric;

use super::Stack;

/// The password of Grafana's user `admin`.
pub(super) const ADMIN_PASSWORD: &str = "GRAFANA_ADMIN_PASSWORD";

/// Each is a variable of the settings, and in lower case a file for the containers.
const SECRETS: [&str; 2] = ["POSTGRES_PASSWORD", ADMIN_PASSWORD];

/// About 190 bits.
const LENGTH: usize = 32;

impl Stack<'_> {
    /// Makes the secrets that are missing. If the data of this stack were made with lost ones, it refuses.
    pub(super) fn make_secrets(&self) -> Result<()> {
        let variables = self.variables()?;
        let missing: Vec<_> = SECRETS
            .into_iter()
            .filter(|name| variables.get(name).is_none_or(str::is_empty))
            .collect();
        if missing.is_empty() {
            return self.keep_private();
        }
        let volumes = self.volumes()?;
        if !volumes.is_empty() {
            bail!(
                "{} lacks {}, but there are data that were made with it ({}). Two ways out: put that file back, or \
                 delete the data with `just clean --name {}`",
                self.settings().display(),
                missing.join(" and "),
                volumes.join(", "),
                self.name
            );
        }
        let lines: String = missing
            .iter()
            .map(|name| format!("{name}={}\n", random()))
            .collect();
        self.add_settings(&lines)
    }

    /// Appends lines to the settings, which only their owner may read.
    pub(super) fn add_settings(&self, lines: &str) -> Result<()> {
        let path = self.settings();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let between = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let draft = path.with_extension("new");
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(format!("{text}{between}{lines}").as_bytes()))
            .and_then(|()| fs::rename(&draft, &path))
            .with_context(|| format!("failed to write {}", path.display()))?;
        self.keep_private()
    }

    /// Writes each secret as a file that the users of the containers can read, in a folder where nobody else gets.
    pub(super) fn write_secrets(&self) -> Result<()> {
        let folder = self.rendered().join("secrets");
        let variables = self.variables()?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("failed to create {}", folder.display()))?;
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        for name in SECRETS {
            let value = variables.get(name).unwrap_or_default();
            write(&folder.join(name.to_lowercase()), value)?;
        }
        Ok(())
    }

    fn keep_private(&self) -> Result<()> {
        let path = self.settings();
        if !path.exists() {
            return Ok(()); // all of it is in the environment
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600))
            .with_context(|| format!("failed to keep {} private", path.display()))
    }
}

fn write(path: &Path, value: &str) -> Result<()> {
    // The same file, because it is that which running containers see.
    File::create(path)
        .and_then(|mut file| file.write_all(value.as_bytes()))
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o644)))
        .with_context(|| format!("failed to write {}", path.display()))
}

fn random() -> String {
    let letters = rand::rng().sample_iter(Alphanumeric).take(LENGTH);
    letters.map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;
    use crate::root::Root;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn settings_grow_and_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let (root, project) = (
            Root::new(folder.path()).unwrap(),
            Project::new(folder.path()).unwrap(),
        );
        let stack = Stack::new(&root, &project, "staging").unwrap();
        fs::write(stack.settings(), "TIMING=production").unwrap();

        stack.add_settings("API_PORT=8100\n").unwrap();

        assert_eq!(stack.settings(), root.path().join(".env.staging"));
        assert_eq!(
            fs::read_to_string(stack.settings()).unwrap(),
            "TIMING=production\nAPI_PORT=8100\n"
        );
        assert_eq!(mode(&stack.settings()), 0o600);
    }

    #[test]
    fn containers_read_secrets_where_nobody_else_gets() {
        let folder = tempfile::tempdir().unwrap();
        let (root, project) = (
            Root::new(folder.path()).unwrap(),
            Project::new(folder.path()).unwrap(),
        );
        let stack = Stack::new(&root, &project, "quartet").unwrap();
        fs::write(
            stack.settings(),
            "POSTGRES_PASSWORD=one\nGRAFANA_ADMIN_PASSWORD=two\n",
        )
        .unwrap();

        stack.write_secrets().unwrap();

        let secrets = stack.rendered().join("secrets");
        assert_eq!(mode(&secrets), 0o700);
        for (file, value) in [
            ("postgres_password", "one"),
            ("grafana_admin_password", "two"),
        ] {
            assert_eq!(fs::read_to_string(secrets.join(file)).unwrap(), value);
            assert_eq!(mode(&secrets.join(file)), 0o644);
        }
    }

    #[test]
    fn secrets_are_long_and_differ() {
        let (one, other) = (random(), random());

        assert_eq!(one.len(), LENGTH);
        assert_ne!(one, other);
        assert!(one.bytes().all(|letter| letter.is_ascii_alphanumeric()));
    }
}
