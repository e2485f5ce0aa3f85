//! TLS in front of a plain server, with an authority that nobody else trusts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// Ends TLS on a port of its own and passes the bytes on; stops when it is dropped.
pub struct TlsFront {
    address: SocketAddr,
    directory: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TlsFront {
    /// Stands before the server at `target`.
    pub fn before(target: SocketAddr) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join("authority.pem"), cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let mut config = config
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        // gRPC needs HTTP/2, the plain HTTP sink speaks HTTP/1.1: each client asks for its own.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, TlsAcceptor::from(Arc::new(config)), target) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            directory,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The address as `OTEL_EXPORTER_OTLP_ENDPOINT` takes it.
    pub fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// The authority that vouches for it, as a PEM file.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("authority.pem")
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

async fn accept(listener: std::net::TcpListener, acceptor: TlsAcceptor, target: SocketAddr) {
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that does not trust the authority ends here.
            let Ok(mut outside) = acceptor.accept(stream).await else {
                return;
            };
            let Ok(mut inside) = TcpStream::connect(target).await else {
                return;
            };
            let _either_has_gone = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
        });
    }
}
