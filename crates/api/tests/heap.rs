//! Heap profiles, in a build with the feature `heap`.

use std::path::Path;

use testbed::{ProfileSink, Service};
use wire::push::Push;

fn start(sink: &ProfileSink, variables: &[(&str, &str)]) -> Service {
    let endpoint = sink.endpoint();
    let mut all = vec![
        ("PYROSCOPE_SERVER_ADDRESS", endpoint.as_str()),
        ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
    ];
    all.extend_from_slice(variables);
    Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &all)
}

fn named<'a>(pushes: &'a [Push], name: &str) -> impl Iterator<Item = &'a Push> {
    let name = name.to_owned();
    pushes
        .iter()
        .filter(move |push| push.label("__name__") == Some(&name))
}

#[test]
fn a_leak_is_found_by_who_allocated_it() {
    let sink = ProfileSink::start();
    let sampling = "prof:true,prof_active:true,lg_prof_sample:16";
    let api = start(&sink, &[("_RJEM_MALLOC_CONF", sampling)]);
    api.inflict("leak", 1 << 20);
    for _ in 0..16 {
        api.get("/api/items");
    }

    let leaked = |push: &Push| {
        let profile = &push.profile;
        let bytes = profile
            .types
            .iter()
            .position(|of| of.name == "inuse_space" && of.unit == "bytes");
        let of_leak = profile.samples.iter().filter(|sample| {
            let mut frames = sample.frames.iter();
            frames.any(|frame| frame.function.contains("leak"))
        });
        let bytes = bytes.unwrap();
        of_leak.map(|sample| sample.values[bytes]).sum::<i64>()
    };
    let pushes = sink.wait_for_pushes("a heap profile with the leak", |pushes| {
        named(pushes, "memory").any(|push| 12_000_000 < leaked(push))
    });
    assert!(named(&pushes, "memory").all(|push| push.label("service_name") == Some("api")));
    assert!(named(&pushes, "process_cpu").next().is_some());
}

#[test]
fn without_sampling_one_line_says_so_and_cpu_profiles_are_there() {
    let sink = ProfileSink::start();
    let api = start(&sink, &[]);

    let pushes = sink.wait_for_pushes("two profiles", |pushes| 2 <= pushes.len());

    assert_eq!(named(&pushes, "memory").count(), 0);
    let lines = api.process.logged().into_iter();
    let warnings = lines.filter(|line| line.get("level") == Some("warn"));
    let warnings: Vec<_> = warnings.collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let told = warnings[0].get("msg");
    assert_eq!(told, Some("no heap profiles: jemalloc does not take them"));
}
