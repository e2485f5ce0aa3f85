//! How much lies in a folder.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What a folder takes on the disk, with all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) files: u64,
    /// Of blocks, not of contents: files may have holes.
    pub(crate) bytes: u64,
}

const BLOCK: u64 = 512;

/// Nothing, if there is no such folder.
pub(crate) fn size(folder: &Path) -> Size {
    let mut size = Size::default();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(inner) if inner.is_dir() => size.add(self::size(&entry.path())),
            Ok(inner) => size.add(Size {
                files: 1,
                bytes: inner.blocks() * BLOCK,
            }),
            Err(_) => {}
        }
    }
    size
}

impl Size {
    fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }

    pub(crate) fn mebibytes(self) -> f64 {
        self.bytes as f64 / (1024.0 * 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_below_count() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("wal")).unwrap();
        fs::write(folder.path().join("wal/1"), vec![7; 100_000]).unwrap();
        fs::write(folder.path().join("meta"), "x").unwrap();

        let size = size(folder.path());

        assert_eq!(size.files, 2);
        assert!((100_000..200_000).contains(&size.bytes), "{size:?}");
        assert_eq!(super::size(&folder.path().join("none")), Size::default());
    }
}
