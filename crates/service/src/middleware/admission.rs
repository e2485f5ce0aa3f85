//! Who is let in: known hosts, and no more requests at once than can be served well.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, Version, header};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};

use crate::limits::Limits;
use crate::problem::Problem;

/// Refuses requests for other hosts (RFC 9110, 7.4) and beyond the limit, or lets them through.
pub(crate) async fn admit<B: MessageBody>(
    limits: Limits,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if let Err(problem) = check_host(&limits, &request) {
        limits.refused.host.inc();
        return Ok(refused(request, &problem));
    }
    if request.path() == crate::HEALTH {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let Some(_place) = Place::take(&limits.in_flight, limits.settings.max_in_flight) else {
        limits.refused.in_flight.inc();
        let detail = "more requests are under way than can be served well";
        return Ok(refused(
            request,
            &Problem::unavailable("overloaded", detail),
        ));
    };
    Ok(next.call(request).await?.map_into_left_body())
}

/// An answer rather than an error, so that the layers above still see whose request it was.
fn refused<B>(request: ServiceRequest, problem: &Problem) -> ServiceResponse<EitherBody<B>> {
    request
        .into_response(problem.error_response())
        .map_into_right_body()
}

fn check_host(limits: &Limits, request: &ServiceRequest) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(header::HOST);
    let bad = |detail| Problem::new(StatusCode::BAD_REQUEST, "invalid_host", detail);
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host
            .to_str()
            .map_err(|_| bad("the Host header is not a host name"))?,
        (Some(_), Some(_)) => return Err(bad("there is more than one Host header")),
        (None, _) if request.version() == Version::HTTP_10 => return Ok(()),
        (None, _) => return Err(bad("there is no Host header")),
    };
    if limits.settings.allowed_hosts.is_empty() {
        return Ok(());
    }
    let name = without_port(host);
    if limits
        .settings
        .allowed_hosts
        .iter()
        .any(|allowed| allowed.eq_ignore_ascii_case(name))
    {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "unknown_host",
        "this host is not served here",
    ))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// One of the places for requests under way, free again when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken < most).then_some(taken + 1)
            })
            .ok()
            .map(|_| Self(taken.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::without_port;

    #[test]
    fn a_port_does_not_belong_to_the_name() {
        assert_eq!(without_port("localhost:8000"), "localhost");
        assert_eq!(without_port("[::1]:8000"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("localhost"), "localhost");
    }
}
