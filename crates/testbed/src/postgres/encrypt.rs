//! A server that speaks TLS, with an authority that nobody else trusts.

use std::path::{Path, PathBuf};

use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::Postgres;

impl Postgres {
    /// Lets it speak TLS as `localhost`; returns the PEM file of the authority that vouches for it.
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

    fn place(&self, file: &Path, text: &str) {
        std::fs::write(file, text).unwrap();
        self.installation.own(file);
    }
}
