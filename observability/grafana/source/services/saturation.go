package services

import "quartet/dashboards/board"

func saturation() []board.Panel {
	return []board.Panel{
		{
			ID: 52, Title: "Requests under way", Width: 6, Height: 8,
			Read:  "As each instance counts them at a scrape. Rising while requests per second stay the same: each takes longer (under way = per second × duration). At `QUARTET_MAX_IN_FLIGHT` further ones are refused.",
			Empty: "This service does not count the requests under way.",
			From:  board.Metrics,
			Draw:  board.Stacked("short"),
			Ask:   []board.Query{board.PromQL(sum(`http_server_active_requests{`+identity+`, http_request_method=~"$method"}`, "http_request_method"), "{{http_request_method}}")},
			Links: []board.Link{board.ToTraces("Traces slower than a second", search(server+" && duration >= 1s"))},
		},
		{
			ID: 51, Title: "Requests under way by route, on average", Width: 6, Height: 8,
			Read:  "Seconds spent in a route per second: how many of its requests were under way on average. A request knows its route only once it was matched, so this comes from durations. The tallest occupies the service most.",
			Empty: "No requests of a known route in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("short"),
			Ask:   []board.Query{board.PromQL(rate(duration+"_sum", requests+routed, byRoute), route)},
			Links: []board.Link{board.ToTraces("Traces of this route", search(clicked))},
		},
		{
			ID: 104, Title: "Connections", Width: 6, Height: 8,
			Read:  "Open connections, and what was refused per second: connections beyond `QUARTET_MAX_CONNECTIONS`, requests for the reason named. Refused for `in_flight`: overload; `host`: somebody asks by a wrong name.",
			Empty: "This service does not count connections.",
			From:  board.Metrics,
			Draw:  board.Lines("short"),
			Ask: []board.Query{
				board.PromQL(sum(`http_server_open_connections{`+identity+`}`, ""), "open"),
				board.PromQL(rate("http_server_refused_connections_total", identity, ""), "connections refused per second"),
				board.PromQL(rate("http_server_refused_requests_total", identity, "reason"), "requests refused per second: {{reason}}"),
			},
			Links: []board.Link{board.ToLogs("Warnings and errors", `{`+whose+`, level=~"warn|error"}`)},
		},
		{
			ID: 108, Title: "CPU", Width: 6, Height: 8,
			Read:  "Cores in use by each instance. A worker runs on one core: as many cores as workers is all there is. The flame graph below says what for.",
			Empty: "This service does not tell its CPU time.",
			From:  board.Metrics,
			Draw:  board.Stacked("short"),
			Ask:   []board.Query{board.PromQL(rate("process_cpu_seconds_total", identity, "instance"), "{{instance}}")},
			Links: []board.Link{board.ToProfiles("Flame graph", `{service_name="${service}"}`)},
		},
	}
}
