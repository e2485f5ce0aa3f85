//! A view as one URL: all that it shows stands in the query.

use std::fmt;

use form_urlencoded::Serializer;

/// A path and its query, in the order in which it was put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    path: String,
    query: Vec<(String, String)>,
}

impl Address {
    /// The address of a page as it is without a question. `path` is one of ours, never a text of others.
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
        }
    }

    /// The page without its question.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is asked, in order.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// Says `name` once and with this value; an empty value says nothing.
    #[must_use]
    pub fn with(self, name: &str, value: impl fmt::Display) -> Self {
        self.without(name).and(name, value)
    }

    /// Says `name` one more time; an empty value says nothing.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl fmt::Display) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            self.query.push((name.to_owned(), value));
        }
        self
    }

    /// Says nothing about `name`.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self
    }

    /// Takes the one value of `name` back.
    #[must_use]
    pub fn without_value(mut self, name: &str, value: &str) -> Self {
        self.query
            .retain(|(known, said)| known != name || said != value);
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if self.query.is_empty() {
            return Ok(());
        }
        let query = Serializer::new(String::new())
            .extend_pairs(&self.query)
            .finish();
        write!(f, "?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn what_others_wrote_stays_one_value() {
        let address = Address::new("/logs")
            .with("text", "a&level=error#\"><script>")
            .with("last", "15m");

        assert_eq!(
            address.to_string(),
            "/logs?text=a%26level%3Derror%23%22%3E%3Cscript%3E&last=15m"
        );
    }

    #[test]
    fn a_name_is_said_once_unless_added() {
        let address = Address::new("/logs")
            .with("level", "warn")
            .with("level", "error");
        assert_eq!(address.to_string(), "/logs?level=error");

        let address = Address::new("/logs")
            .and("field", "a=1")
            .and("field", "b=2");
        assert_eq!(address.to_string(), "/logs?field=a%3D1&field=b%3D2");
        assert_eq!(
            address.without_value("field", "a=1").to_string(),
            "/logs?field=b%3D2"
        );
    }
}
