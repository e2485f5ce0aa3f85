//! Whom to trust when the collector speaks TLS: the system's authorities, or the one of the settings alone.

use std::path::Path;

use tonic::transport::{Certificate, ClientTlsConfig};

use crate::InitError;

/// Chooses the cryptography, unless the program has chosen already.
pub(crate) fn provide_cryptography() {
    // Another choice is as good: it only has to be one.
    let _chosen_already = rustls::crypto::ring::default_provider().install_default();
}

/// For gRPC.
pub(super) fn of_grpc(authority: Option<&Path>) -> Result<ClientTlsConfig, InitError> {
    let config = ClientTlsConfig::new();
    Ok(match authority {
        Some(path) => config.ca_certificate(Certificate::from_pem(read(path)?)),
        None => config.with_native_roots(),
    })
}

/// For HTTP.
pub(super) fn of_http(
    client: reqwest::ClientBuilder,
    authority: Option<&Path>,
) -> Result<reqwest::ClientBuilder, InitError> {
    let Some(path) = authority else {
        return Ok(client);
    };
    let authorities = reqwest::Certificate::from_pem_bundle(&read(path)?)
        .map_err(|error| unusable(path, &error))?;
    Ok(client.tls_certs_only(authorities))
}

fn read(path: &Path) -> Result<Vec<u8>, InitError> {
    std::fs::read(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> InitError {
    InitError::Exporter(format!("{}: {error}", path.display()))
}
