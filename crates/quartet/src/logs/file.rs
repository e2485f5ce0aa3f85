//! A log file of bounded size: when it is full it becomes the old one, in place of the last.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Two files of this size hold hours of a demo's lines and are read in no time.
pub(crate) const LIMIT: u64 = 8 * 1024 * 1024;

/// Where lines go. Every write is of whole lines, so that none is cut by a rotation.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    limit: u64,
    file: File,
    size: u64,
    lost_lines: u64,
}

/// The file that the one at this path becomes when it is full.
pub(crate) fn older(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".1");
    name.into()
}

impl LogFile {
    /// Starts an empty file. What an earlier run wrote becomes the old one.
    pub(crate) fn start(path: PathBuf, limit: u64) -> io::Result<Self> {
        if fs::metadata(&path).is_ok_and(|earlier| earlier.len() > 0) {
            fs::rename(&path, older(&path))?;
        }
        Ok(Self {
            file: create(&path)?,
            path,
            limit,
            size: 0,
            lost_lines: 0,
        })
    }

    /// Writes whole lines, or counts them as lost, which the next line written says.
    pub(crate) fn write(&mut self, lines: &[u8]) {
        if self.try_write(lines).is_err() {
            self.lost_lines += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
    }

    fn try_write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.lost_lines > 0 {
            let notice = format!(
                "level=warn msg=\"lines were lost: this file could not be written\" lines={}\n",
                self.lost_lines
            );
            self.append(notice.as_bytes())?;
            self.lost_lines = 0;
        }
        self.append(lines)
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size + lines.len() as u64 > self.limit {
            fs::rename(&self.path, older(&self.path))?;
            self.file = create(&self.path)?;
            self.size = 0;
        }
        if let Err(error) = self.file.write_all(lines) {
            // Half a line must not become the head of the next one.
            self.file.set_len(self.size)?;
            return Err(error);
        }
        self.size += lines.len() as u64;
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_hold_the_newest_whole_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        let mut log = LogFile::start(path.clone(), 100).unwrap();

        for number in 0..1_000 {
            log.write(format!("line {number:04}\n").as_bytes());
        }

        let old = fs::read_to_string(older(&path)).unwrap();
        let new = fs::read_to_string(&path).unwrap();
        assert!(old.len() <= 100 && new.len() <= 100);
        let lines: Vec<_> = old.lines().chain(new.lines()).collect();
        let first = 1_000 - lines.len();
        let newest: Vec<_> = (first..1_000)
            .map(|number| format!("line {number:04}"))
            .collect();
        assert_eq!(lines, newest);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_new_run_keeps_what_the_last_one_wrote() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        LogFile::start(path.clone(), 100).unwrap().write(b"first\n");

        LogFile::start(path.clone(), 100)
            .unwrap()
            .write(b"second\n");

        assert_eq!(fs::read_to_string(older(&path)).unwrap(), "first\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
    }

    #[test]
    fn lost_lines_are_counted_and_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api.log");
        let mut log = LogFile::start(path.clone(), 40).unwrap();
        log.write(b"before this everything was fine\n");
        fs::create_dir_all(older(&path).join("in the way")).unwrap();
        log.write(b"two lines that\nfind no room\n");

        fs::remove_dir_all(older(&path)).unwrap();
        log.write(b"after\n");

        let text = fs::read_to_string(&path).unwrap();
        let old = fs::read_to_string(older(&path)).unwrap();
        let all = old + &text;
        assert!(all.contains("could not be written\" lines=2\n"), "{all}");
        assert!(all.ends_with("\nafter\n"), "{all}");
    }
}
