//! Links to what is closed to others: a file below the root holds the word that opens it.

use std::fs;

use crate::root::Root;

/// The place with what a file says, where it names one as `<run/console.token>`. Without that file it stays as
/// it is: whoever serves it may let everybody in.
pub(crate) fn opened(root: &Root, place: &str) -> String {
    let parts = place
        .split_once('<')
        .and_then(|(before, rest)| Some((before, rest.split_once('>')?)));
    let Some((before, (file, behind))) = parts else {
        return place.to_owned();
    };
    match fs::read_to_string(root.path().join(file)) {
        Ok(word) => format!("{before}{}{behind}", word.trim()),
        Err(_) => place.to_owned(),
    }
}

/// Whether it takes a word to open this place.
pub(crate) fn is_closed(place: &str) -> bool {
    place.contains('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_file_stands_in_the_link() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("token"), "abc\n").unwrap();
        let root = Root::new(directory.path()).unwrap();

        assert_eq!(
            opened(&root, "http://a/?token=<token>&b"),
            "http://a/?token=abc&b"
        );
        assert_eq!(
            opened(&root, "http://a/?token=<other>"),
            "http://a/?token=<other>"
        );
        assert_eq!(opened(&root, "just logs api -f"), "just logs api -f");
    }
}
