//! The description of the API, and a page to try it on, both from the binary.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, Scope, web};
use utoipa::openapi::{RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::orders::events::EventBody;
use crate::{demo, items, orders, root};

#[derive(OpenApi)]
#[openapi(
    info(title = "Quartet API", description = "Items and orders, and endpoints that misbehave on purpose."),
    tags(
        (name = "items", description = "What is sold"),
        (name = "orders", description = "What was bought"),
        (name = "faults", description = "Misbehaviour on purpose; there only with QUARTET_DEMO=on"),
        (name = "service", description = "The service itself"),
    ),
    paths(
        root::welcome,
        root::health,
        items::list,
        items::create,
        items::show,
        items::replace,
        items::change,
        items::remove,
        orders::list,
        orders::place,
        orders::show,
        orders::cancel,
        orders::events::events,
        demo::slow,
        demo::very_slow,
        demo::cpu,
        demo::bad_request,
        demo::server_error,
        demo::exception,
        demo::random,
    ),
    components(schemas(ProblemBody, FieldBody, EventBody)),
    modifiers(&Problems)
)]
struct Api;

/// An error, RFC 9457.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "the shape of what service renders, for the document only"
)]
struct ProblemBody {
    /// `about:blank`: the status says what kind of problem it is.
    r#type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// The problem in a word, for programs.
    #[schema(example = "out_of_stock")]
    code: String,
    /// The problem in a sentence, for people.
    detail: String,
    /// The id of the request, as in `X-Request-Id`.
    request_id: Option<String>,
    /// The trace of the request, 32 hexadecimal digits.
    trace_id: Option<String>,
    /// What is wrong with which field.
    errors: Option<Vec<FieldBody>>,
}

/// What is wrong with one field.
#[derive(utoipa::ToSchema)]
#[expect(
    dead_code,
    reason = "the shape of what service renders, for the document only"
)]
struct FieldBody {
    /// Its path.
    #[schema(example = "lines[0].quantity")]
    field: String,
    /// The mistake in a word, for programs.
    #[schema(example = "out_of_range")]
    code: String,
    /// The mistake in a sentence, for people.
    detail: String,
}

/// Any operation may answer with a problem.
struct Problems;

impl Modify for Problems {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let content = utoipa::openapi::ContentBuilder::new()
            .schema(Some(utoipa::openapi::Ref::from_schema_name("ProblemBody")))
            .build();
        let problem = ResponseBuilder::new()
            .description("A problem, RFC 9457")
            .content("application/problem+json", content)
            .build();
        for path in api.paths.paths.values_mut() {
            let operations = [
                &mut path.get,
                &mut path.put,
                &mut path.post,
                &mut path.delete,
                &mut path.patch,
            ];
            for operation in operations.into_iter().flatten() {
                for (status, response) in &mut operation.responses.responses {
                    if !status.starts_with('2') {
                        *response = RefOr::T(problem.clone());
                    }
                }
                operation
                    .responses
                    .responses
                    .insert("default".to_owned(), RefOr::T(problem.clone()));
            }
        }
    }
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| Api::openapi().to_json().unwrap_or_default());

/// `GET /openapi.json`
pub(crate) async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(DOCUMENT.as_str())
}

/// `GET /docs`
pub(crate) async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}

/// Everything below `/docs/`.
pub(crate) fn swagger_ui() -> impl actix_web::dev::HttpServiceFactory {
    // The page sets styles of its own elements and holds its icons as data.
    const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
    let page: Scope = web::scope("/docs");
    page.wrap(DefaultHeaders::new().add((header::CONTENT_SECURITY_POLICY, POLICY)))
        .service(SwaggerUi::new("/{_:.*}").config(Config::from("/openapi.json")))
}
