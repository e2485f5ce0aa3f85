//! What a server demands of who connects: nothing at first.

use std::path::{Path, PathBuf};

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::{Postgres, USER};

impl Postgres {
    /// Lets it speak TLS as `localhost`, with an authority that nobody else trusts; returns the PEM file of the authority that vouches for it.
    pub fn encrypt(&self) -> PathBuf {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = self.folder.path();
        self.place(&folder.join("data/server.crt"), &cert.pem());
        self.place(
            &folder.join("data/server.key"),
            &signing_key.serialize_pem(),
        );
        self.sql("postgres", "alter system set ssl = on");
        self.stop();
        self.start_again();

        let authority = folder.join("authority.pem");
        std::fs::write(&authority, cert.pem()).unwrap();
        authority
    }

    /// Asks whoever connects to its port for this password from now on.
    pub fn demand_password(&self, password: &str) {
        let role = format!("alter role {USER} password '{password}'");
        self.sql("postgres", &role);
        let rules = self.folder.path().join("data/pg_hba.conf");
        let trusting = std::fs::read_to_string(&rules).unwrap();
        let rule = |line: &str| match line.starts_with("host") {
            true => line.replace("trust", "scram-sha-256"),
            false => line.to_owned(),
        };
        let demanding: Vec<_> = trusting.lines().map(rule).collect();
        self.place(&rules, &(demanding.join("\n") + "\n"));
        self.sql("postgres", "select pg_reload_conf()");
    }

    fn place(&self, file: &Path, text: &str) {
        std::fs::write(file, text).unwrap();
        self.installation.own(file);
    }
}
