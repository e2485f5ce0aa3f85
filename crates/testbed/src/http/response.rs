use super::message::Headers;

/// An answer, whole.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The words behind the status code.
    pub reason: String,
    /// Names and values in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body, without chunk sizes.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.first_value(name)
    }

    /// Every value of a header, whatever the case of its name.
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        let same = |known: &&(String, String)| known.0.eq_ignore_ascii_case(name);
        let found = self.headers.iter().filter(same);
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    ///
    /// # Panics
    /// If it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body)
            .unwrap_or_else(|_| panic!("body is not UTF-8: {}", self.body.escape_ascii()))
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            let body = self.body.escape_ascii();
            panic!("body of {} is not JSON, {error}: {body}", self.status)
        })
    }
}
