package services

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"quartet/dashboards/board"
)

func traffic() []board.Panel {
	return []board.Panel{
		{
			ID: 11, Title: "Requests per second", Width: 8, Height: 8,
			Read:  "Requests that ended, per second. A sudden fall with nothing else wrong means that they no longer arrive: look at what stands before the service.",
			Empty: "No requests in this time.",
			From:  board.Metrics,
			Draw:  board.Lines("reqps"),
			Ask:   []board.Query{board.PromQL(rate(duration+"_count", requests, ""), "requests")},
			Links: []board.Link{board.ToTraces("The newest traces", search(server))},
		},
		{
			ID: 12, Title: "Requests per second by status", Width: 8, Height: 8,
			Read:  "Green was done, yellow was refused because of what the client sent, red is our failure. `no answer`: the client hung up first, often because it waited too long.",
			Empty: "No requests in this time.",
			From:  board.Metrics,
			Draw: board.Stacked("reqps").
				OverrideByRegexp("/^[123]/", color("green")).
				OverrideByRegexp("/^4/", color("yellow")).
				OverrideByRegexp("/^5/", color("red")).
				OverrideByName("no answer", color("purple")).
				OverrideByQuery("A", []dashboard.DynamicConfigValue{board.DataLinks(
					board.ToTraces("Traces with this status", search(server+" && span.http.response.status_code = ${__field.labels.http_response_status_code}")))}).
				OverrideByQuery("B", []dashboard.DynamicConfigValue{board.DataLinks(
					board.ToTraces("Traces without an answer", search(server+` && span.error.type = "client_disconnected"`)))}),
			Ask: []board.Query{
				board.PromQL(rate(duration+"_count", requests+answered, "http_response_status_code"), "{{http_response_status_code}}"),
				board.PromQL(rate(duration+"_count", requests+`, http_response_status_code=""`, ""), "no answer"),
			},
		},
		{
			ID: 21, Title: "Requests per second by route", Width: 8, Height: 8,
			Read:  "Which routes are asked for. One that stands out since a moment ago is a client in a loop, or a cache that is gone. Requests of no known route are only in the totals.",
			Empty: "No requests of a known route in this time.",
			From:  board.Metrics,
			Draw:  board.Lines("reqps"),
			Ask:   []board.Query{board.PromQL(rate(duration+"_count", requests+routed, byRoute), route)},
			Links: []board.Link{board.ToTraces("Traces of this route", search(clicked))},
		},
	}
}

const (
	byRoute = "http_request_method, http_route"
	routed  = `, http_route!=""`
	route   = "{{http_request_method}} {{http_route}}"
)

func color(name string) []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{{Id: "color", Value: map[string]string{"mode": "fixed", "fixedColor": name}}}
}
