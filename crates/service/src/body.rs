//! JSON bodies and queries that say which field is wrong.

use std::future::Future;
use std::io;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::object::Object;
use crate::problem::{FieldError, Problem};

/// A JSON body. Every way in which it can be wrong has an answer of its own.
#[derive(Debug)]
pub struct JsonBody<T> {
    /// The body as a value.
    pub value: T,
    /// The body as it came.
    pub bytes: Bytes,
}

/// The query of a URL.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media = check_media_type(request);
        let payload = payload.take();
        Box::pin(async move {
            media?;
            let bytes = read(payload).await?;
            Ok(Self {
                value: json(&bytes)?,
                bytes,
            })
        })
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        std::future::ready(query(request.query_string()).map(Self))
    }
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let media = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or_default();
    let essence = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
    {
        return Ok(());
    }
    let detail = "Content-Type has to be application/json";
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        detail,
    ))
}

/// Reads to the end; the layer around the handlers counts and watches the time.
async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(part) = payload.next().await {
        body.extend_from_slice(&part.map_err(|error| problem(&error))?);
    }
    Ok(body.freeze())
}

/// What to answer to a body that cannot be read.
pub(crate) fn problem(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_timeout",
            "the body did not come in time",
        ),
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "incomplete_body",
            "the body ended before its length",
        ),
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let Object(value) = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let reason = error.to_string();
        // A number that is too large for any of ours is JSON all the same.
        if error.is_data() || reason.starts_with("number out of range") {
            return Problem::invalid_body(blame(&path, &reason));
        }
        malformed(&error)
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("the body is not JSON: {error}"),
    )
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        Problem::invalid_parameter(blame(&path, &error.into_inner().to_string()))
    })
}

/// A missing or unknown field is named in the message, where the path ends above it.
fn blame(path: &str, message: &str) -> FieldError {
    let reason = message.split(" at line ").next().unwrap_or(message);
    let (code, named) = match reason.split_once('`') {
        Some(("missing field ", rest)) => ("missing", rest.split('`').next()),
        Some(("unknown field ", rest)) => ("unknown", rest.split('`').next()),
        Some(("duplicate field ", rest)) => ("duplicate", rest.split('`').next()),
        _ => ("invalid", None),
    };
    let field = match (path, named) {
        (".", None) => "body".to_owned(),
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => {
            format!("{path}.{name}")
        }
        (path, _) => path.to_owned(),
    };
    FieldError::new(field, code, reason)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{json, query};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is wrong with it is looked at")]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is wrong with it is looked at")]
    struct Line {
        item_id: i64,
        quantity: u32,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is wrong with it is looked at")]
    struct Page {
        limit: Option<u32>,
    }

    fn blamed(body: &str) -> String {
        json::<Order>(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn each_mistake_names_its_field() {
        assert!(blamed(r#"{}"#).starts_with("invalid_body: lines: missing field"));
        assert!(blamed(r#"{"lines":[],"x":1}"#).starts_with("invalid_body: x: unknown field"));
        assert!(
            blamed(r#"{"lines":[{"item_id":1}]}"#)
                .starts_with("invalid_body: lines[0].quantity: missing")
        );
        assert!(
            blamed(r#"{"lines":[{"item_id":1,"quantity":-1}]}"#)
                .starts_with("invalid_body: lines[0].quantity: invalid value")
        );
        assert!(
            blamed(r#"{"lines":[{"item_id":1,"quantity":1,"y":2}]}"#)
                .starts_with("invalid_body: lines[0].y: unknown")
        );
        assert!(blamed("[]").starts_with("invalid_body: "));
        assert!(blamed("{").starts_with("malformed_json: "));
        assert!(blamed("{\"lines\":[]}x").starts_with("malformed_json: "));
        assert!(
            query::<Page>("limit=ten")
                .unwrap_err()
                .to_string()
                .starts_with("invalid_parameter: limit: invalid digit")
        );
    }
}
