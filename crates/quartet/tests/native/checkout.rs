//! A copy of the checkout, in which something is misspelt.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// `deploy/` and `observability/`, to be changed.
pub(crate) struct Checkout(TempDir);

impl Checkout {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let real = real();
        // By the script beside it, so that it finds the programs of the real one.
        symlink(real.join("deploy"), folder.path().join("deploy")).unwrap();
        copy(
            &real.join("observability"),
            &folder.path().join("observability"),
        );
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Replaces what stands once in a file.
    pub(crate) fn replace(&self, file: &str, known: &str, new: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text.matches(known).count(),
            1,
            "{known:?} does not stand once in {file}"
        );
        fs::write(path, text.replace(known, new)).unwrap();
    }
}

/// The checkout that is tested.
pub(crate) fn real() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true => copy(&from, &to),
            false => drop(fs::copy(&from, &to).unwrap()),
        }
    }
}
