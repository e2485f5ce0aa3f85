//! Reads log files: their last lines, and what is added while we watch.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::file::older;

/// The last lines of this run of a part.
pub(crate) fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines: Vec<_> = text.lines().rev().take(count).map(str::to_owned).collect();
    lines.reverse();
    lines
}

/// A log file that is watched across its rotations.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    /// Both stay open, so that no new file can get their inodes.
    current: Option<File>,
    old: Option<File>,
    pending: Vec<u8>,
}

impl Tail {
    /// Answers the last lines, old file included, and what is needed to read on from there.
    pub(crate) fn open(path: PathBuf, count: usize) -> io::Result<(Vec<Vec<u8>>, Self)> {
        let mut lines = VecDeque::new();
        let mut tail = Self {
            path,
            current: None,
            old: None,
            pending: Vec::new(),
        };
        let mut keep = |more: Vec<Vec<u8>>| {
            lines.extend(more);
            lines.drain(..lines.len().saturating_sub(count));
        };
        // Opened first: should it be rotated meanwhile, its lines appear twice but are not missed.
        let current = open(&tail.path)?;
        if let Some(mut old) = open(&older(&tail.path))?
            && !same(current.as_ref(), &old)
        {
            keep(tail.read(&mut old)?);
            tail.pending.clear();
            tail.old = Some(old);
        }
        if let Some(mut file) = current {
            keep(tail.read(&mut file)?);
            tail.current = Some(file);
        }
        Ok((lines.into(), tail))
    }

    /// Whether there is anything to read so far.
    pub(crate) fn exists(&self) -> bool {
        self.current.is_some()
    }

    /// The whole lines that were added since the last call.
    pub(crate) fn more(&mut self) -> io::Result<Vec<Vec<u8>>> {
        let mut lines = Vec::new();
        // Looked at before the rest is read: what is rotated away gets no more lines.
        let newest = open(&self.path)?;
        if let Some(mut file) = self.current.take() {
            lines.extend(self.read(&mut file)?);
            self.current = Some(file);
        }
        let Some(mut newest) = newest.filter(|file| !same(self.current.as_ref(), file)) else {
            return Ok(lines);
        };
        if let Some(mut between) = open(&older(&self.path))?
            && ![&self.current, &self.old]
                .into_iter()
                .flatten()
                .any(|seen| same(Some(seen), &between))
            && !same(Some(&newest), &between)
        {
            lines.extend(self.read(&mut between)?);
        }
        lines.extend(self.read(&mut newest)?);
        self.old = self.current.replace(newest);
        Ok(lines)
    }

    fn read(&mut self, file: &mut File) -> io::Result<Vec<Vec<u8>>> {
        file.read_to_end(&mut self.pending)?;
        let end = self.pending.iter().rposition(|byte| *byte == b'\n');
        let whole: Vec<u8> = self.pending.drain(..end.map_or(0, |end| end + 1)).collect();
        Ok(whole
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect())
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn same(one: Option<&File>, other: &File) -> bool {
    let inode = |file: &File| file.metadata().map(|metadata| metadata.ino()).ok();
    one.is_some_and(|one| inode(one).is_some() && inode(one) == inode(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::file::LogFile;

    fn text(lines: &[Vec<u8>]) -> String {
        String::from_utf8(lines.concat()).unwrap()
    }

    #[test]
    fn the_last_lines_reach_into_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        let mut log = LogFile::start(path.clone(), 6).unwrap();
        for line in [&b"one\n"[..], b"two\n", b"three\n"] {
            log.write(line);
        }

        let (all, _) = Tail::open(path.clone(), 10).unwrap();
        let (one, _) = Tail::open(path.clone(), 1).unwrap();

        assert_eq!(text(&all), "two\nthree\n");
        assert_eq!(text(&one), "three\n");
    }

    #[test]
    fn following_goes_on_over_rotations() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        let (nothing, mut tail) = Tail::open(path.clone(), 10).unwrap();
        assert!(nothing.is_empty() && !tail.exists());

        let mut log = LogFile::start(path, 10).unwrap();
        let mut seen = String::new();
        let mut written = String::new();
        for number in 0..20 {
            let line = format!("line {number}\n");
            log.write(line.as_bytes());
            written.push_str(&line);
            if number % 2 == 1 {
                seen.push_str(&text(&tail.more().unwrap()));
            }
        }

        assert_eq!(seen, written);
    }

    #[test]
    fn half_a_line_waits_for_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        fs::write(&path, "half").unwrap();
        let (_, mut tail) = Tail::open(path.clone(), 10).unwrap();

        assert!(tail.more().unwrap().is_empty());
        fs::write(&path, "half a line\n").unwrap();

        assert_eq!(text(&tail.more().unwrap()), "half a line\n");
    }
}
