package services

import "quartet/dashboards/board"

func failures() []board.Panel {
	return []board.Panel{
		{
			ID: 31, Title: "Refused by route (4xx)", Width: 8, Height: 8,
			Read:  "What clients did wrong, per second. Some is normal. Many 404 on one route: a link somewhere is out of date; many 422: a client was changed and nobody told it the rules; 409 on orders: sold out.",
			Empty: "No request was refused in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("reqps"),
			Ask:   []board.Query{board.PromQL(rate(duration+"_count", requests+`, http_response_status_code=~"4.."`, byRoute+", http_response_status_code"), "{{http_response_status_code}} "+route)},
			Links: []board.Link{board.ToTraces("Traces of these", search(clicked+" && span.http.response.status_code = ${__field.labels.http_response_status_code}"))},
		},
		{
			ID: 32, Title: "Failed by route (5xx)", Width: 8, Height: 8,
			Read:  "What we did wrong, per second. One route: its handler, or what it alone calls. All of them: the database, or the machine.",
			Empty: "No request failed in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("reqps"),
			Ask:   []board.Query{board.PromQL(rate(duration+"_count", requests+failed, byRoute+", http_response_status_code"), "{{http_response_status_code}} "+route)},
			Links: []board.Link{
				board.ToTraces("Traces of these", search(clicked+" && span.http.response.status_code = ${__field.labels.http_response_status_code}")),
				board.ToLogs("Lines of these", `{`+whose+`} | logfmt | http_route="${__field.labels.http_route}" | http_response_status_code="${__field.labels.http_response_status_code}"`),
			},
		},
		{
			ID: 33, Title: "Failed by kind", Width: 8, Height: 8,
			Read:  "Why requests failed, per second: `panic`, a `fault` that was switched on, trouble with the database by its name, `client_disconnected` for those who hung up; the status where nothing more is known. docs/telemetry.md lists the names.",
			Empty: "No request failed in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("reqps"),
			Ask:   []board.Query{board.PromQL(rate(duration+"_count", requests+`, error_type!=""`, "error_type"), "{{error_type}}")},
			Links: []board.Link{board.ToTraces("Traces of these", search(server+` && span.error.type = "${__field.labels.error_type}"`))},
		},
	}
}
