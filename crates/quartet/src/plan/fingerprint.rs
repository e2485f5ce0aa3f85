//! Tells one configuration from another, so that a start with other settings is noticed.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// A number that changes with what a part is told and with the files below these folders.
pub(super) fn fingerprint(told: &impl Hash, folder: Option<&Path>) -> u64 {
    let mut hasher = DefaultHasher::new();
    told.hash(&mut hasher);
    for file in folder.map(files).unwrap_or_default() {
        file.hash(&mut hasher);
        fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}

fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(_) => {
                found.insert(entry.path());
            }
            Err(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_in_any_file_or_setting_shows() {
        let directory = tempfile::tempdir().unwrap();
        let rules = directory.path().join("rules");
        fs::create_dir(&rules).unwrap();
        fs::write(rules.join("services.yaml"), "for: 1m").unwrap();
        let of = |told: &[&str]| fingerprint(&told, Some(directory.path()));
        let before = of(&["-rule"]);

        assert_eq!(of(&["-rule"]), before);
        assert_ne!(of(&["-rules"]), before);
        fs::write(rules.join("services.yaml"), "for: 2m").unwrap();
        assert_ne!(of(&["-rule"]), before);
    }
}
