//! A receiver of Pyroscope pushes over HTTP/1.1.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Counts;

pub(super) fn start(counts: Arc<Counts>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counts = counts.clone();
            // A push that breaks off is missed by who compares the counts.
            std::thread::spawn(move || serve(&stream, &counts));
        }
    });
    Ok(address)
}

fn serve(stream: &TcpStream, counts: &Counts) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some(length) = head(&mut reader)? {
        let body = io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
        counts.profile_bytes.fetch_add(body, Ordering::Relaxed);
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?;
    }
    Ok(())
}

/// Reads a head and gives the length of the body; `None` once the peer has ended.
fn head(reader: &mut impl BufRead) -> io::Result<Option<u64>> {
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
