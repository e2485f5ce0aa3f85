use serde_json::Value;

use crate::world::Console;

const FOLDED: &[u8] = b"main;work;hash 30\nmain;work 10\nmain;idle 10\n";

fn frame<'a>(graph: &'a Value, name: &str) -> &'a Value {
    let frames = graph["frames"].as_array().unwrap();
    frames.iter().find(|frame| frame["name"] == name).unwrap()
}

#[test]
fn folded_stacks_become_a_flame_graph() {
    let console = Console::start();
    let path = "/ingest?name=shop.cpu%7Bregion%3Deu%7D&format=folded&sampleRate=100";

    let answer = console.push("profiles", path, &[], FOLDED);

    assert_eq!(answer.status, 200, "{}", answer.text());
    let all = console.ask("/api/v1/profiles");
    assert_eq!(all[0]["service"], "shop");
    assert_eq!(all[0]["kind"], "process_cpu:cpu");
    assert_eq!(all[0]["total"], 500_000_000);
    let graph = console.ask("/api/v1/profiles/flamegraph?service=shop");
    assert_eq!(graph["total"], 500_000_000);
    assert_eq!(graph["labels"]["region"], "eu");
    assert_eq!(frame(&graph, "work")["cost"]["total"], 400_000_000);
    assert_eq!(frame(&graph, "work")["cost"]["own"], 100_000_000);
    assert_eq!(graph["top"][0]["name"], "hash");
    let none = "/api/v1/profiles/flamegraph?service=shop&span=00f067aa0ba902b7";
    assert_eq!(console.ask(none)["total"], 0);
}

#[test]
fn a_form_with_a_profile_is_read_as_older_clients_send_it() {
    let console = Console::start();
    let form = ("Content-Type", "multipart/form-data; boundary=xx");
    let mut body =
        b"--xx\r\nContent-Disposition: form-data; name=\"profile\"; filename=\"p\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(FOLDED);
    body.extend_from_slice(b"\r\n--xx--\r\n");

    let answer = console.push("profiles", "/ingest?name=shop", &[form], &body);

    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(console.ask("/api/v1/profiles")[0]["service"], "shop");
}

#[test]
fn formats_that_are_not_read_are_refused_with_a_hint() {
    let console = Console::start();
    let proto = ("Content-Type", "application/proto");
    let json = ("Content-Type", "application/json");
    for (path, headers, body, status, hint) in [
        (
            "/ingest?name=a&format=jfr",
            &[][..],
            &b""[..],
            415,
            "format=pprof",
        ),
        ("/ingest?name=a&format=pprof", &[], b"no profile", 400, ""),
        ("/ingest?name=a", &[], b"no number", 400, "line 1"),
        ("/ingest", &[], FOLDED, 400, "name"),
        (
            "/push.v1.PusherService/Push",
            &[json],
            b"{}",
            415,
            "application/proto",
        ),
        ("/push.v1.PusherService/Push", &[proto], b"\xff", 400, ""),
    ] {
        let answer = console.push("profiles", path, headers, body);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(hint), "{}", answer.text());
    }
}
