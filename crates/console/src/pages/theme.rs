//! Light or dark, as the reader likes it.

use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::web::Form;
use serde::Deserialize;

/// The name of the cookie that keeps the choice.
pub const COOKIE: &str = "quartet_theme";

/// The colours of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// What the reader's system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All there are, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// By the value of the cookie; whatever else it says is the system's.
    pub fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
            .unwrap_or_default()
    }

    /// The value of the cookie.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What the form of the frame sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    theme: String,
    back: String,
}

/// `POST /theme`: keeps the choice for a year, and goes back to where it was made.
pub(crate) async fn choose(choice: Form<Choice>) -> HttpResponse {
    let theme = Theme::named(&choice.theme);
    let cookie = Cookie::build(COOKIE, theme.name())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::days(365))
        .finish();
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, own(&choice.back)))
        .cookie(cookie)
        .finish()
}

/// Back to one of our pages, and to no other site: `//elsewhere` and `/\\elsewhere` are addresses of others.
fn own(back: &str) -> &str {
    let is_own = back.starts_with('/')
        && !back[1..].starts_with(['/', '\\'])
        && back.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if is_own { back } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::{Theme, own};

    #[test]
    fn the_way_back_leads_to_no_other_site() {
        assert_eq!(own("/logs?text=a%26b"), "/logs?text=a%26b");
        for foreign in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/é",
        ] {
            assert_eq!(own(foreign), "/", "{foreign:?}");
        }
    }

    #[test]
    fn an_unknown_choice_is_the_systems() {
        assert_eq!(Theme::named("dark"), Theme::Dark);
        assert_eq!(Theme::named("\"><script>"), Theme::System);
    }
}
