//! Carries the output of a part into its log file.

use std::io::{ErrorKind, Read};
use std::sync::{Mutex, PoisonError};

use super::file::LogFile;

/// A longer line is broken, so that a part that never ends one cannot fill the memory.
const LONGEST_LINE: usize = 64 * 1024;

/// Copies until the part closes its end, in whole lines.
pub(crate) fn pump(mut output: impl Read, log: &Mutex<LogFile>) {
    let write = |lines: &[u8]| {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.write(lines);
    };
    let mut chunk = vec![0; LONGEST_LINE];
    let mut pending = Vec::new();
    loop {
        let read = match output.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        pending.extend_from_slice(&chunk[..read]);
        if let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') {
            write(&pending[..=end]);
            pending.drain(..=end);
        }
        if pending.len() >= LONGEST_LINE {
            pending.push(b'\n');
            write(&pending);
            pending.clear();
        }
    }
    if !pending.is_empty() {
        pending.push(b'\n');
        write(&pending);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Answers each piece to one read.
    struct Pieces<'a>(std::slice::Iter<'a, &'a [u8]>);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let piece = self.0.next().copied().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn written(pieces: &[&[u8]]) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        let log = Mutex::new(LogFile::start(path.clone(), u64::MAX).unwrap());

        pump(Pieces(pieces.iter()), &log);

        fs::read(path).unwrap()
    }

    #[test]
    fn lines_are_put_together_from_pieces() {
        let text = written(&[b"on", b"e\ntwo\nth", b"ree\n", b"\n", b"last"]);

        assert_eq!(text, b"one\ntwo\nthree\n\nlast\n");
    }

    #[test]
    fn an_endless_line_is_broken() {
        let piece = vec![b'x'; LONGEST_LINE / 2];

        let text = written(&[&piece[..]; 5]);

        let lengths: Vec<_> = text.split(|byte| *byte == b'\n').map(<[u8]>::len).collect();
        assert_eq!(lengths, [LONGEST_LINE, LONGEST_LINE, LONGEST_LINE / 2, 0]);
    }
}
