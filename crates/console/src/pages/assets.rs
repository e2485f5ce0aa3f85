//! Style, scripts and icon, from the binary.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;

/// Each file by its name, with its media type.
const FILES: [(&str, &str, &str); 4] = [
    (
        "console.css",
        "text/css; charset=utf-8",
        include_str!("../../assets/console.css"),
    ),
    (
        "keys.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/keys.js"),
    ),
    (
        "live.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/live.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("../../assets/icon.svg"),
    ),
];

/// `GET /assets/{name}`
pub(crate) async fn show(name: Path<String>) -> HttpResponse {
    let file = FILES.iter().find(|(known, ..)| *known == name.as_str());
    match file {
        Some((_, media, text)) => HttpResponse::Ok()
            .content_type(*media)
            // Short, so that another build is not shown in the colours of the last one for long.
            .insert_header((header::CACHE_CONTROL, "private, max-age=60"))
            .body(*text),
        None => HttpResponse::NotFound().finish(),
    }
}
