//! The reader of the server's stdout.

use std::io::{ErrorKind, Read};
use std::process::ChildStdout;
use std::thread::JoinHandle;

/// Counts lines until the server has closed its end.
pub(crate) fn count(mut stdout: ChildStdout) -> JoinHandle<std::io::Result<u64>> {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        let mut lines = 0;
        loop {
            match stdout.read(&mut buffer) {
                Ok(0) => return Ok(lines),
                Ok(bytes) => {
                    lines += buffer[..bytes].iter().filter(|b| **b == b'\n').count() as u64
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    })
}
