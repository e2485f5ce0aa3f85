//! `/api/items`

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use domain::{Cursor, ItemId, PageSize};
use service::{JsonBody, Problem, Query};
use storage::Store;

pub(crate) use bodies::{
    ItemBody, ItemPage, ItemPatch, NewItemBody, PageQuery, ReplacedItemBody, rfc_3339,
};

use crate::problems;

mod bodies;

/// Lists the items on offer, by number.
#[utoipa::path(get, path = "/api/items", tag = "items", params(PageQuery), responses((status = 200, body = ItemPage)))]
pub(crate) async fn list(
    store: Data<Store>,
    Query(page): Query<PageQuery>,
) -> Result<Json<ItemPage>, Problem> {
    let (size, after) = page.parse::<ItemId>()?;

    let page = store
        .list_items(size, after)
        .await
        .map_err(problems::store)?;

    Ok(Json(page.into()))
}

/// Offers an item.
#[utoipa::path(
    post,
    path = "/api/items",
    tag = "items",
    request_body = NewItemBody,
    responses((status = 201, body = ItemBody, headers(("Location" = String, description = "where the item is"))))
)]
pub(crate) async fn create(
    store: Data<Store>,
    body: JsonBody<NewItemBody>,
) -> Result<HttpResponse, Problem> {
    let new = body.value.parse()?;

    let item = store.create_item(&new).await.map_err(problems::store)?;

    tracing::info!(item.id = item.id.get(), "created item {}", item.id.get());
    let location = format!("/api/items/{}", item.id.get());
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(ItemBody::from(item)))
}

/// Shows an item.
#[utoipa::path(
    get,
    path = "/api/items/{id}",
    tag = "items",
    params(("id" = i64, Path, minimum = 1, description = "the number of the item")),
    responses((status = 200, body = ItemBody))
)]
pub(crate) async fn show(store: Data<Store>, id: Path<String>) -> Result<Json<ItemBody>, Problem> {
    let id = item_id(&id)?;

    let item = store.find_item(id).await.map_err(problems::store)?;

    Ok(Json(item.ok_or_else(|| no_such_item(id))?.into()))
}

/// Replaces all that can be said about an item.
#[utoipa::path(
    put,
    path = "/api/items/{id}",
    tag = "items",
    params(("id" = i64, Path, minimum = 1, description = "the number of the item")),
    request_body = ReplacedItemBody,
    responses((status = 200, body = ItemBody))
)]
pub(crate) async fn replace(
    store: Data<Store>,
    id: Path<String>,
    body: JsonBody<ReplacedItemBody>,
) -> Result<Json<ItemBody>, Problem> {
    let id = item_id(&id)?;
    let new = body.value.parse()?;

    let item = store.replace_item(id, new).await.map_err(problems::store)?;

    Ok(Json(item.ok_or_else(|| no_such_item(id))?.into()))
}

/// Changes parts of an item.
#[utoipa::path(
    patch,
    path = "/api/items/{id}",
    tag = "items",
    params(("id" = i64, Path, minimum = 1, description = "the number of the item")),
    request_body = ItemPatch,
    responses((status = 200, body = ItemBody))
)]
pub(crate) async fn change(
    store: Data<Store>,
    id: Path<String>,
    body: JsonBody<ItemPatch>,
) -> Result<Json<ItemBody>, Problem> {
    let id = item_id(&id)?;
    let change = body.value.parse()?;

    let item = store
        .change_item(id, &change)
        .await
        .map_err(problems::store)?;

    Ok(Json(item.ok_or_else(|| no_such_item(id))?.into()))
}

/// Takes an item off the offer; orders of it stay as they are.
#[utoipa::path(
    delete,
    path = "/api/items/{id}",
    tag = "items",
    params(("id" = i64, Path, minimum = 1, description = "the number of the item")),
    responses((status = 204))
)]
pub(crate) async fn remove(store: Data<Store>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = item_id(&id)?;

    let removed = store.remove_item(id).await.map_err(problems::store)?;

    if !removed {
        return Err(no_such_item(id));
    }
    tracing::info!(item.id = id.get(), "removed item {}", id.get());
    Ok(HttpResponse::NoContent().finish())
}

impl PageQuery {
    /// The size of a page, and what it begins after.
    pub(crate) fn parse<Id: domain::Listed>(
        self,
    ) -> Result<(PageSize, Option<Cursor<Id>>), Problem> {
        let size = self
            .limit
            .map(|limit| PageSize::parse(limit).map_err(|rejection| rejection.named("limit")));
        let size = size
            .transpose()
            .map_err(problems::parameter)?
            .unwrap_or_default();
        let after = self
            .cursor
            .as_deref()
            .map(Cursor::parse)
            .transpose()
            .map_err(problems::parameter)?;
        Ok((size, after))
    }
}

fn item_id(text: &str) -> Result<ItemId, Problem> {
    problems::path_id(text, ItemId::parse)
}

fn no_such_item(id: ItemId) -> Problem {
    Problem::not_found(format!("item {} not found", id.get()))
}
