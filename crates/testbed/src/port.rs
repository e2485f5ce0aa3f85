//! Ports that refuse.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use parking_lot::Mutex;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// Sockets that hold the ports given out, so that no other program is given one of them.
static RESERVED: Mutex<Vec<OwnedFd>> = Mutex::new(Vec::new());

/// A port of 127.0.0.1 on which connections are refused until the caller listens there.
///
/// It stays reserved: bound, but not listening, which permits a listener with `SO_REUSEADDR`
/// (as the standard library sets it) and nobody else.
pub fn free_port() -> u16 {
    let socket = rustix::net::socket_with(
        AddressFamily::INET,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )
    .unwrap();
    rustix::net::sockopt::set_socket_reuseaddr(&socket, true).unwrap();
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    let bound = SocketAddr::try_from(rustix::net::getsockname(&socket).unwrap()).unwrap();
    RESERVED.lock().push(socket);
    bound.port()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_free_port_refuses_until_somebody_listens() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));

        let refused = TcpStream::connect(address).unwrap_err();
        let listener = TcpListener::bind(address).unwrap();

        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    }
}
