//! Where Postgres is installed, and as whom it runs: it refuses to as root.

use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian and its kin put each version.
const VERSIONS: &str = "/usr/lib/postgresql";

#[derive(Clone)]
pub(super) struct Installation {
    programs: PathBuf,
    /// User and group; nobody else than who runs the test, unless that is root.
    user: Option<(u32, u32)>,
}

impl Installation {
    pub(super) fn find() -> Self {
        let programs = newest_version()
            .or_else(on_search_path)
            .expect("postgres is not installed: apt-get install postgresql");
        let root = rustix::process::getuid().is_root();
        Self {
            programs,
            user: root.then(|| {
                account("postgres")
                    .or_else(|| account("nobody"))
                    .expect("there is a user postgres or nobody")
            }),
        }
    }

    /// Makes a file or a folder the server's own.
    pub(super) fn own(&self, path: &Path) {
        std::fs::set_permissions(path, Permissions::from_mode(0o700)).unwrap();
        if let Some((user, group)) = self.user {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    pub(super) fn command(&self, program: &str) -> Command {
        self.as_user(&self.programs.join(program))
    }

    pub(super) fn as_user(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Runs a program to its end; returns what it wrote to stdout.
    pub(super) fn run(&self, program: &str, flags: &[&str], options: &[(&str, &str)]) -> String {
        let options = options.iter().flat_map(|(name, value)| [name, value]);
        let output = self
            .command(program)
            .args(flags)
            .args(options)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {stderr}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(super) fn serve(&self, data: &str, settings: &[(&str, &str)], log: &Path) -> Child {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut command = self.command("postgres");
        command.args(["-D", data]);
        for (name, value) in settings {
            command.args(["-c", &format!("{name}={value}")]);
        }
        command
            // A group of its own: Ctrl-C in a terminal is for the test, which then ends it.
            .process_group(0)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }
}

fn newest_version() -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).ok()?.flatten();
    versions
        .map(|version| version.path().join("bin"))
        .filter(|programs| programs.join("initdb").exists())
        .max_by_key(|programs| {
            let version = programs.parent().and_then(Path::file_name);
            version.and_then(|name| name.to_str()?.parse::<u32>().ok())
        })
}

fn on_search_path() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where programs are is the machine's to say"
    )]
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
}

fn account(name: &str) -> Option<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut parts = accounts
        .lines()
        .find(|line| line.split(':').next() == Some(name))?
        .split(':')
        .skip(2);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
