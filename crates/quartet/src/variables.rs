//! Variables: what the user's environment sets, and below it the defaults of files and tables.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Names with values. What the environment sets wins over every default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    set: HashMap<String, String>,
    defaults: HashMap<String, String>,
}

impl Variables {
    /// The environment of this process, without any default.
    #[expect(
        clippy::disallowed_methods,
        reason = "what the user sets decides where and how the parts run"
    )]
    pub(crate) fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| {
                Some((
                    name.into_string().ok()?,
                    value.to_string_lossy().into_owned(),
                ))
            })
            .collect()
    }

    /// Whether the environment itself has it.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.set.get(name).or_else(|| self.defaults.get(name));
        found.map(String::as_str)
    }

    /// Gives a variable the value it has unless the environment sets it. `${…}` in it is expanded.
    pub(crate) fn default(&mut self, name: &str, value: &str) -> Result<()> {
        let value = self
            .expand(value)
            .with_context(|| format!("{name}={value} cannot be expanded"))?;
        self.defaults.insert(name.to_owned(), value);
        Ok(())
    }

    /// Gives a name a value that nothing else can give it.
    pub(crate) fn fix(&mut self, name: &str, value: &str) {
        self.set.insert(name.to_owned(), value.to_owned());
    }

    /// Takes the lines `NAME=value` of a file for defaults, and answers their names. A shell can read the same file.
    pub(crate) fn load(&mut self, path: &Path) -> Result<Vec<String>> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let mut names = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = || format!("{}:{}", path.display(), index + 1);
            let Some((name, value)) = line.split_once('=').filter(|(name, _)| is_name(name)) else {
                bail!("{} is not NAME=value: {line}", place());
            };
            self.default(name, value).with_context(place)?;
            names.push(name.to_owned());
        }
        Ok(names)
    }

    /// The same of every `*.env` of a folder.
    pub(crate) fn load_all(&mut self, folder: &Path) -> Result<Vec<String>> {
        let entries =
            fs::read_dir(folder).with_context(|| format!("failed to read {}", folder.display()))?;
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "env"));
        files.sort_unstable();
        let mut names = Vec::new();
        for file in files {
            names.extend(self.load(&file)?);
        }
        Ok(names)
    }

    /// The text with values in the place of `${NAME}`.
    ///
    /// Who listens on every interface is reached over loopback, if the text is a URL.
    pub(crate) fn expand(&self, text: &str) -> Result<String> {
        Ok(over_loopback(&self.replaced(text, "${")?))
    }

    /// The URL of whoever listens where a variable says.
    pub(crate) fn url(&self, name: &str) -> Result<String> {
        self.expand(&format!("http://${{{name}}}"))
    }

    /// The text with values in the place of `%{NAME}`: of files that their reader does not expand.
    pub(crate) fn render(&self, text: &str) -> Result<String> {
        self.replaced(text, "%{")
    }

    /// What is no name between the brackets stays as it is.
    fn replaced(&self, text: &str, opening: &str) -> Result<String> {
        let mut pieces = text.split(opening);
        let mut replaced = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let Some((name, rest)) = piece.split_once('}').filter(|(name, _)| is_name(name)) else {
                replaced.push_str(opening);
                replaced.push_str(piece);
                continue;
            };
            let Some(value) = self.get(name) else {
                bail!("no variable is called {name}");
            };
            replaced.push_str(value);
            replaced.push_str(rest);
        }
        Ok(replaced)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Variables {
    /// An environment of these variables.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        Self {
            set: variables
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            defaults: HashMap::new(),
        }
    }
}

/// The text with URLs by which this machine reaches who listens on every interface.
pub(crate) fn over_loopback(text: &str) -> String {
    text.replace("://0.0.0.0:", "://127.0.0.1:")
        .replace("://[::]:", "://[::1]:")
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(environment: &[(&str, &str)], file: &str) -> Result<(Vec<String>, Variables)> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("addresses.env");
        fs::write(&path, file).unwrap();
        let mut variables: Variables = environment.iter().copied().collect();
        let names = variables.load(&path)?;
        Ok((names, variables))
    }

    const FILE: &str =
        "# where\nTEMPO_HTTP_PORT=3200\n\nTEMPO_URL=http://127.0.0.1:${TEMPO_HTTP_PORT}\nEMPTY=\n";

    #[test]
    fn a_file_gives_defaults_and_the_environment_wins() {
        let (names, by_default) = loaded(&[], FILE).unwrap();
        let (_, moved) = loaded(&[("TEMPO_HTTP_PORT", "13200")], FILE).unwrap();

        assert_eq!(names, ["TEMPO_HTTP_PORT", "TEMPO_URL", "EMPTY"]);
        assert_eq!(by_default.get("TEMPO_URL"), Some("http://127.0.0.1:3200"));
        assert_eq!(by_default.get("EMPTY"), Some(""));
        assert_eq!(moved.get("TEMPO_URL"), Some("http://127.0.0.1:13200"));
        assert!(moved.is_set("TEMPO_HTTP_PORT") && !moved.is_set("TEMPO_URL"));
    }

    #[test]
    fn a_line_that_sets_nothing_is_named() {
        for (file, expected) in [
            ("A=1\nnonsense\n", ":2 is not NAME=value: nonsense"),
            ("1A=1\n", ":1 is not NAME=value: 1A=1"),
            ("A=${B}\n", "no variable is called B"),
        ] {
            let error = format!("{:#}", loaded(&[], file).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn each_kind_of_brackets_is_its_own() {
        let variables: Variables = [("WAIT", "3s")].into_iter().collect();

        let rendered = variables
            .render("wait: \"%{WAIT}\" # not ${WAIT}, %{…} or %{")
            .unwrap();

        assert_eq!(rendered, "wait: \"3s\" # not ${WAIT}, %{…} or %{");
        assert_eq!(variables.expand("%{WAIT} ${WAIT}").unwrap(), "%{WAIT} 3s");
        assert!(variables.render("%{WAITS}").is_err());
    }

    #[test]
    fn every_interface_is_reached_over_loopback() {
        let addresses = [
            ("ALL", "0.0.0.0:9000"),
            ("SIX", "[::]:9000"),
            ("ONE", "10.0.0.7:9000"),
        ];
        let variables: Variables = addresses.into_iter().collect();
        let expanded = |text: &str| variables.expand(text).unwrap();

        assert_eq!(
            expanded("http://${ALL}/metrics"),
            "http://127.0.0.1:9000/metrics"
        );
        assert_eq!(expanded("http://${SIX}"), "http://[::1]:9000");
        assert_eq!(expanded("http://${ONE}"), "http://10.0.0.7:9000");
        assert_eq!(expanded("${ALL}"), "0.0.0.0:9000");
    }
}
