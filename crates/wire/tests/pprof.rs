//! Profiles and pushes, encoded by hand from the numbers of their definitions.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;

use proptest::prelude::*;
use wire::pprof::{self, Error, Frame};
use wire::push;

/// A field whose value is a number.
fn number(field: u8, value: u8) -> Vec<u8> {
    vec![field << 3, value]
}

/// A field whose value is bytes, a text or a message.
fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
    let mut all = vec![field << 3 | 2];
    let mut length = value.len();
    while 0x80 <= length {
        all.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    all.push(length as u8);
    all.extend_from_slice(value);
    all
}

fn text(value: &str) -> Vec<u8> {
    bytes(6, value.as_bytes())
}

fn all<const N: usize>(parts: [Vec<u8>; N]) -> Vec<u8> {
    parts.concat()
}

/// Two functions, one inlined into the other, called by the second once more; 30 ms under a span.
fn profile() -> Vec<u8> {
    all([
        bytes(1, &all([number(1, 1), number(2, 2)])),
        bytes(
            2,
            &all([
                bytes(1, &[7, 8]),
                bytes(2, &[30]),
                bytes(3, &all([number(1, 5), number(2, 6)])),
            ]),
        ),
        bytes(
            4,
            &all([
                number(1, 7),
                bytes(4, &all([number(1, 1), number(2, 12)])),
                bytes(4, &all([number(1, 2), number(2, 34)])),
            ]),
        ),
        bytes(4, &all([number(1, 8), bytes(4, &all([number(1, 2)]))])),
        bytes(5, &all([number(1, 1), number(2, 3), number(4, 7)])),
        bytes(5, &all([number(1, 2), number(2, 4)])),
        text(""),
        text("cpu"),
        text("nanoseconds"),
        text("inner"),
        text("outer"),
        text("span_id"),
        text("00f067aa0ba902b7"),
        text("src/lib.rs"),
        number(9, 5),
        number(10, 6),
        bytes(11, &all([number(1, 1), number(2, 2)])),
        number(12, 10),
    ])
}

fn frame(function: &str, file: &str, line: i64) -> Frame {
    Frame {
        function: function.to_owned(),
        file: file.to_owned(),
        line,
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn numbers_become_what_they_stand_for() {
    let profile = pprof::decode(&profile()).unwrap();

    assert_eq!(profile.types[0].name, "cpu");
    assert_eq!(profile.types[0].unit, "nanoseconds");
    assert_eq!(profile.period_type, profile.types[0]);
    let of_time = (profile.unix_nanos, profile.duration_nanos, profile.period);
    assert_eq!(of_time, (5, 6, 10));
    let sample = &profile.samples[0];
    assert_eq!(
        sample.frames,
        [
            frame("inner", "src/lib.rs", 12),
            frame("outer", "", 34),
            frame("outer", "", 0),
        ]
    );
    assert_eq!(sample.label("span_id"), Some("00f067aa0ba902b7"));
    assert_eq!(profile.sum(|sample| sample.is_within("inner")), 30);
    assert_eq!(profile.sum(|sample| sample.is_within("inne")), 0);
}

#[test]
fn a_compressed_profile_is_the_same() {
    let plain = profile();

    assert_eq!(
        pprof::decode(&gzip(&plain)).unwrap(),
        pprof::decode(&plain).unwrap()
    );
    assert!(matches!(
        pprof::decode(&gzip(&plain)[..20]),
        Err(Error::Gzip(_))
    ));
}

#[test]
fn a_number_that_stands_for_nothing_is_named() {
    let more = |more: Vec<u8>| pprof::decode(&[profile(), more].concat()).unwrap_err();
    let sample = |location: u8, label: u8| {
        let label = all([number(1, label), number(2, 6)]);
        let location = bytes(1, &[location]);
        more(bytes(2, &all([location, bytes(2, &[1]), bytes(3, &label)])))
    };
    let location = |id: u8, function: u8| {
        more(bytes(
            4,
            &all([number(1, id), bytes(4, &number(1, function))]),
        ))
    };

    for (error, expected) in [
        (sample(9, 5), "location 9 does not exist"),
        (sample(7, 99), "text 99 does not exist"),
        (location(9, 3), "function 3 does not exist"),
        (
            location(7, 1),
            "location 7 is not the identifier of exactly one",
        ),
        (
            location(0, 1),
            "location 0 is not the identifier of exactly one",
        ),
        (
            more(bytes(2, &bytes(2, &[1, 2]))),
            "a sample has 2 values, the profile 1 types",
        ),
        (more(bytes(1, &number(1, 77))), "text 77 does not exist"),
        (
            more(bytes(5, &all([number(1, 1)]))),
            "function 1 is not the identifier of exactly one",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
    let shifted = pprof::decode(&text("first")).unwrap_err();
    assert!(matches!(shifted, Error::FirstText), "{shifted}");
}

#[test]
fn a_push_is_its_series_and_their_profiles() {
    let label = |name: &str, value: &str| {
        let pair = all([bytes(1, name.as_bytes()), bytes(2, value.as_bytes())]);
        bytes(1, &pair)
    };
    let raw = profile();
    let series = all([
        label("__name__", "process_cpu"),
        label("service_name", "api"),
        bytes(2, &bytes(1, &raw)),
        bytes(2, &bytes(1, &gzip(&raw))),
    ]);

    let pushes = push::decode(&bytes(1, &series)).unwrap();

    assert_eq!(pushes.len(), 2);
    assert_eq!(pushes[0].label("service_name"), Some("api"));
    assert_eq!(pushes[0].bytes, raw.len());
    assert_eq!(pushes[0].profile, pushes[1].profile);
    let twice = all([label("a", "1"), label("a", "2")]);
    let twice = push::decode(&bytes(1, &twice)).unwrap_err();
    assert_eq!(twice.to_string(), "label \"a\" is repeated");
    let broken = all([label("a", "1"), bytes(2, &bytes(1, &text("first")))]);
    let broken = push::decode(&bytes(1, &broken)).unwrap_err();
    assert!(matches!(broken, push::Error::Profile { .. }), "{broken}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(body in any::<Vec<u8>>()) {
        let _ = pprof::decode(&body);
        let _ = push::decode(&body);
    }

    #[test]
    fn a_damaged_profile_does_not_panic(at in 0..200_usize, value in any::<u8>()) {
        let mut damaged = profile();
        let at = at % damaged.len();
        damaged[at] = value;
        let _ = pprof::decode(&damaged);
    }
}
