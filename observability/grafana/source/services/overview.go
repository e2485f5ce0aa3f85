package services

import "quartet/dashboards/board"

// Shares of answers: what alerts and panels mean by a failure is a status from 500 on.
const (
	duration = "http_server_request_duration_seconds"
	failed   = `, http_response_status_code=~"5.."`
	answered = `, http_response_status_code!=""`
)

func overview() []board.Panel {
	return []board.Panel{
		{
			ID: 1, Title: "Apdex", Width: 6, Height: 6,
			Read:  "How content users are, from 0 to 1: answers within 0.5 s count in full, those within 2.5 s half, slower ones and failures not at all. Above 0.94 is good; below 0.7 people leave. It falls without a failure when everything gets slower: look at P99 by route.",
			Empty: "No requests in this time.",
			From:  board.Metrics,
			Draw:  board.Dial("none", 0, 1, board.Steps("red", board.Step{From: 0.7, Color: "yellow"}, board.Step{From: 0.94, Color: "green"})).Decimals(2),
			Ask: []board.Query{board.PromQL(
				"("+rate(duration+"_bucket", requests+`, error_type="", le="0.5"`, "")+
					"\n+ "+rate(duration+"_bucket", requests+`, error_type="", le="2.5"`, "")+
					")\n/ 2 / "+rate(duration+"_count", requests, ""), "Apdex")},
			Links: []board.Link{board.ToTraces("Traces slower than 0.5 s", search(server+" && duration >= 0.5s"))},
		},
		{
			ID: 2, Title: "Failures", Width: 6, Height: 6,
			Read:  "Share of answers with a status from 500 on, as the alert HighErrorRate counts it: it fires above 5 %. What clients did wrong (4xx) is not in it; see Errors.",
			Empty: "No answers in this time.",
			From:  board.Metrics,
			Draw:  board.Number("percentunit", board.Steps("green", board.Step{From: 0.01, Color: "yellow"}, board.Step{From: 0.05, Color: "red"})).Decimals(2),
			Ask: []board.Query{board.PromQL(
				"("+rate(duration+"_count", requests+failed, "")+" or vector(0))\n/ "+rate(duration+"_count", requests+answered, ""), "failures")},
			Links: []board.Link{
				board.ToTraces("Traces of failures", search(server+" && span.http.response.status_code >= 500")),
				board.ToLogs("Lines of failures", `{`+whose+`} | logfmt | http_response_status_code >= 500`),
			},
		},
		{
			ID: 5, Title: "Requests", Width: 4, Height: 6,
			Read:  "How many requests ended in the time on the screen, whatever became of them. A share of few requests says little.",
			From:  board.Metrics,
			Draw:  board.Number("short", board.Steps("text")).GraphMode("none").Decimals(0),
			Ask:   []board.Query{board.PromQLNow(`sum(increase(`+duration+`_count{`+requests+`}[$__range]))`, "requests")},
			Links: []board.Link{board.ToTraces("The newest traces", search(server))},
		},
		{
			ID: 6, Title: "Workers", Width: 8, Height: 6,
			Read:  "Threads that serve requests, of all instances together. It is a constant: less is a worker that died, or an instance that is gone; a step upwards is an instance more.",
			Empty: "This service does not say how many threads serve requests.",
			From:  board.Metrics,
			Draw:  board.Stacked("short").Decimals(0),
			Ask:   []board.Query{board.PromQL(sum(`http_server_workers{`+identity+`}`, "instance"), "{{instance}}")},
			Links: []board.Link{board.ToLogs("Warnings and errors", `{`+whose+`, level=~"warn|error"}`)},
		},
	}
}
