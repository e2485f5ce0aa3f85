//! The handler that all variants share.

use actix_web::web::{self, Json, Path, ServiceConfig};
use serde::Serialize;

#[derive(Serialize)]
struct Item {
    id: u64,
    name: String,
}

pub(crate) fn mount(app: &mut ServiceConfig) {
    app.service(web::resource("/items/{id}").get(show));
}

async fn show(id: Path<u64>) -> Json<Item> {
    let id = id.into_inner();
    Json(Item {
        id,
        name: format!("Item {id}"),
    })
}
