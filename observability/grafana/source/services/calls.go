package services

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"quartet/dashboards/board"
)

func calls() []board.Panel {
	return []board.Panel{
		{
			ID: 105, Title: "Calls of and by this service", Width: 8, Height: 8,
			Read:  "Edges of the service map that touch this service, per second. From sampled traces.",
			Empty: "No sampled call in this time.",
			From:  board.Metrics,
			Draw: board.Lines("reqps").
				OverrideByQuery("A", []dashboard.DynamicConfigValue{board.DataLinks(
					board.ToSpans("Calls of this", search(spans+` && kind = client && span.peer.service = "${__field.labels.server}"`)))}).
				OverrideByQuery("B", []dashboard.DynamicConfigValue{board.DataLinks(board.ToTraces("Who calls", search(server)))}),
			Ask: []board.Query{
				board.PromQL(rate("traces_service_graph_request_total", `client="$service", `+everybody, "client, server"), "{{client}} → {{server}}"),
				board.PromQL(rate("traces_service_graph_request_total", `server="$service", `+everybody, "client, server"), "{{client}} → {{server}}"),
			},
		},
		{
			ID: 115, Title: "Calls of other services", Width: 8, Height: 8,
			Read:  "Calls over HTTP per second, by whom they went to and what came of them: a status, or `connection`, `timeout`. Failures here show as 5xx only where there is no fallback.",
			Empty: "This service called no other in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("reqps"),
			Ask:   []board.Query{board.PromQL(rate("http_client_request_duration_seconds_count", identity, "server_address, http_response_status_code, error_type"), "{{server_address}} {{http_response_status_code}} {{error_type}}")},
			Links: []board.Link{board.ToSpans("Calls", search(spans+` && kind = client && span.server.address = "${__field.labels.server_address}"`))},
		},
		{
			ID: 116, Title: "Circuit breakers", Width: 8, Height: 8,
			Read:  "0 closed: calls go through. 1 open: the other service failed too often and is left alone. 2 half open: one call tries whether it is well again. Open for long: look at that service.",
			Empty: "This service has no circuit breaker.",
			From:  board.Metrics,
			Draw:  board.Lines("short").Decimals(0).Max(2),
			Ask:   []board.Query{board.PromQL(`max by (service) (circuit_breaker_state{`+identity+`})`, "{{service}}")},
			Links: []board.Link{board.ToSpans("Failed calls", search(spans+` && kind = client && status = error`))},
		},
	}
}
