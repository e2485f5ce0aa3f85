use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use rand::TryRngCore;

/// 128 bits are beyond guessing.
const BYTES: usize = 16;

/// What opens the console. `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// Reads the token of an earlier start, so that its links go on working, or makes one that only the
    /// owner of the file can read.
    pub(crate) fn read_or_make(path: &Path) -> anyhow::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Self::of_file(path, text.trim()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(error)
                .with_context(|| format!("failed to read the token in {}", path.display())),
        }
    }

    fn of_file(path: &Path, text: &str) -> anyhow::Result<Self> {
        let is_token = text.len() == BYTES * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_token {
            bail!("{} does not hold a token: remove it", path.display());
        }
        let mode = fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!("others may read the token in {}: remove it", path.display());
        }
        Ok(Self(text.to_owned()))
    }

    fn make(path: &Path) -> anyhow::Result<Self> {
        let mut bytes = [0; BYTES];
        rand::rngs::OsRng
            .try_fill_bytes(&mut bytes)
            .context("failed to get random bytes")?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)
                .with_context(|| format!("failed to make {}", directory.display()))?;
        }
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| writeln!(file, "{text}"));
        written.with_context(|| format!("failed to write the token to {}", path.display()))?;
        Ok(Self(text))
    }

    /// The token itself.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether `given` is the token; how long that takes tells nothing of it.
    pub(crate) fn is(&self, given: &str) -> bool {
        let (own, given) = (self.0.as_bytes(), given.as_bytes());
        let differing = own.iter().zip(given).fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == given.len() && std::hint::black_box(differing) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run/console.token");

        let first = Token::read_or_make(&path).unwrap();
        let second = Token::read_or_make(&path).unwrap();

        assert!(second.is(first.text()) && !second.is("") && !second.is(&first.text()[1..]));
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("console.token");
        Token::read_or_make(&path).unwrap();

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Token::read_or_make(&path).is_err());

        fs::write(&path, "short").unwrap();
        assert!(Token::read_or_make(&path).is_err());
    }
}
