//! Where the parts of native mode listen, so that many stacks fit on one machine.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::free_port;

/// A port of its own for each variable of `deploy/native/addresses.env` that has one.
#[derive(Debug)]
pub struct Addresses(BTreeMap<String, SocketAddr>);

impl Addresses {
    /// Reserves a port for every variable of this project that holds a port or an address with one.
    ///
    /// # Panics
    /// If the project has no such file.
    pub fn free(project: &Path) -> Self {
        let file = fs::read_to_string(project.join("deploy/native/addresses.env")).unwrap();
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        let variables = lines.filter_map(|line| Some(line.split_once('=')?.0));
        let listening =
            variables.filter(|name| name.ends_with("_PORT") || name.ends_with("_LISTEN"));
        Self(listening.map(|name| (name.to_owned(), free())).collect())
    }

    /// Reserves one for a variable that the file does not have.
    pub fn add(&mut self, variable: &str) {
        self.0.insert(variable.to_owned(), free());
    }

    /// Where something listens, by the name of its variable.
    ///
    /// # Panics
    /// If there is no such variable.
    pub fn of(&self, variable: &str) -> SocketAddr {
        let address = self.0.get(variable);
        *address.unwrap_or_else(|| panic!("nothing listens where {variable} says"))
    }

    /// What the environment has to say.
    pub fn variables(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, address)| {
            let value = match name.ends_with("_PORT") {
                true => address.port().to_string(),
                false => address.to_string(),
            };
            (name.as_str(), value)
        })
    }
}

fn free() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_and_an_address_has_its_host() {
        let project = tempfile::tempdir().unwrap();
        let folder = project.path().join("deploy/native");
        fs::create_dir_all(&folder).unwrap();
        let file =
            "# A_PORT=1 is no line\nA_PORT=80\nB_LISTEN=127.0.0.1:81\nB_URL=http://${B_LISTEN}\n";
        fs::write(folder.join("addresses.env"), file).unwrap();

        let mut addresses = Addresses::free(project.path());
        addresses.add("C_ADDRESS");

        let [a, b, c] = ["A_PORT", "B_LISTEN", "C_ADDRESS"].map(|name| addresses.of(name));
        let variables: Vec<_> = addresses.variables().collect();
        let expected = [
            ("A_PORT", a.port().to_string()),
            ("B_LISTEN", b.to_string()),
            ("C_ADDRESS", c.to_string()),
        ];
        assert_eq!(variables, expected);
        assert!(a != b && b != c && a != c);
    }
}
