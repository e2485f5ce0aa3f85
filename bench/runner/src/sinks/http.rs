//! A receiver of bodies over HTTP/1.1.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// Hands each body that arrives to `take`.
pub(super) fn receive(
    take: impl Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let take = Arc::new(take);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let take = take.clone();
            // A body that breaks off is missed by who compares the counts.
            std::thread::spawn(move || serve(&stream, &*take));
        }
    });
    Ok(address)
}

fn serve(stream: &TcpStream, take: &impl Fn(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut body = Vec::new();
    while let Some(length) = head(&mut reader)? {
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        take(&body)?;
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
    Ok(())
}

/// Reads a head and gives the length of the body; `None` once the peer has ended.
fn head(reader: &mut impl BufRead) -> io::Result<Option<usize>> {
    let mut length = 0;
    let mut line = String::new();
    while 0 < reader.read_line(&mut line)? {
        if line == "\r\n" {
            return Ok(Some(length));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        line.clear();
    }
    Ok(None)
}
