//! What a browser asks: the page, its query, the time, and the colours it likes.

use std::collections::{BTreeSet, HashSet};
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest, error};
use jiff::Timestamp;

use super::address::Address;
use super::chart::Hues;
use super::frame::{Frame, Section};
use super::range::Range;
use super::theme::{self, Theme};
use crate::questions::{self, Params, Window};
use crate::store::Store;

/// One request for a page.
pub(crate) struct Ask {
    /// What is asked of.
    pub(crate) store: Data<Store>,
    /// The query.
    pub(crate) params: Params,
    /// The time asked for.
    pub(crate) range: Range,
    address: Address,
    theme: Theme,
    services: Vec<String>,
}

impl FromRequest for Ask {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let store = request.app_data::<Data<Store>>();
        let store = store.ok_or_else(|| error::ErrorInternalServerError("no store"));
        ready(store.map(|store| Self::new(request, store.clone())))
    }
}

impl Ask {
    fn new(request: &HttpRequest, store: Data<Store>) -> Self {
        let params = Params::parse(request.query_string());
        let range = Range::parse(
            params.first("last"),
            params.first("from"),
            params.first("to"),
            Timestamp::now(),
        );
        let address = Address::new(request.path());
        let address = form_urlencoded::parse(request.query_string().as_bytes())
            .filter(|(_, value)| !value.is_empty())
            .fold(address, |address, (name, value)| address.and(&name, value));
        let cookie = request.cookie(theme::COOKIE);
        Self {
            theme: cookie.map_or_else(Theme::default, |cookie| Theme::named(cookie.value())),
            services: names(&store),
            store,
            params,
            range,
            address,
        }
    }

    /// The time asked for, as the store wants it.
    pub(crate) fn window(&self) -> Window {
        window(&self.range)
    }

    /// The services that were ever heard of.
    pub(crate) fn services(&self) -> Vec<String> {
        self.services.clone()
    }

    /// What stands around the page.
    pub(crate) fn frame(&self, section: Section, title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            section,
            address: self.address.clone(),
            range: Some(self.range.clone()),
            theme: self.theme,
            hues: Hues::of(self.services()),
            stores: questions::status(&self.store),
            refresh: None,
        }
    }
}

/// The services that spans, lines and scrapes are of.
fn names(store: &Store) -> Vec<String> {
    let mut names: BTreeSet<String> = store.scrapes.lock().keys().cloned().collect();
    let spans = store.spans.lock().ring.segments();
    for segment in &spans {
        let found: HashSet<_> = segment.heads.iter().map(|head| head.service).collect();
        names.extend(
            found
                .into_iter()
                .map(|name| segment.strings.get(name).to_owned()),
        );
    }
    let lines = store.lines.lock().ring.segments();
    for segment in &lines {
        let found: HashSet<_> = segment.heads.iter().map(|head| head.service).collect();
        names.extend(
            found
                .into_iter()
                .map(|name| segment.strings.get(name).to_owned()),
        );
    }
    names.into_iter().collect()
}

/// A time as the store wants it.
pub(crate) fn window(range: &Range) -> Window {
    let nanos = |moment: Timestamp| u64::try_from(moment.as_nanosecond()).unwrap_or_default();
    Window {
        from: nanos(range.from),
        to: nanos(range.to),
    }
}
