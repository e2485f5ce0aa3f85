package services

import "quartet/dashboards/board"

// Tempo names a span's service otherwise than the rest of the store, and knows no routes.
const spanMetrics = `service="$service", ` + everybody

// Search from a series of Tempo's span metrics.
const operation = spans + ` && name = "${__field.labels.span_name}"`

func traces() []board.Panel {
	return []board.Panel{
		{
			ID: 41, Title: "Service map", Width: 12, Height: 12,
			Read:  "Who calls whom, of all services of the environment: `user` is whoever is not traced. On a node the mean duration and the requests per second, its ring red for the share that failed. A click on a node or an edge leads to its traces and metrics. Seconds behind the requests, since both ends of a call must have arrived.",
			Empty: "No two services called each other in this time, or none of it was sampled.",
			From:  board.Traces,
			Draw:  board.Map(),
			Ask:   []board.Query{board.ServiceMap(`{deployment_environment_name="${environment}", project=~"${project:pipe}"}`)},
			Head:  []board.Link{board.ToMetrics("Calls per second", `sum by (client, server) (rate(traces_service_graph_request_total{deployment_environment_name="${environment}"}[$__rate_interval]))`)},
		},
		{
			ID: 42, Title: "Traces", Width: 12, Height: 12,
			Read:  "The newest requests of the routes chosen above. A click on the id opens the trace; from its spans the way leads to their lines, metrics and flame graphs.",
			Empty: "No sampled requests in this time.",
			From:  board.Traces,
			Draw:  board.Table(),
			Ask:   []board.Query{board.TraceQL(search(chosen))},
			Head: []board.Link{
				board.ToTraces("Search on", search(server)),
				board.ToSpans("Requests with a flame graph", search(server+" && span.pyroscope.profile.id != nil")),
			},
		},
		{
			ID: 43, Title: "Spans per second by operation", Width: 8, Height: 8,
			Read:  "Every kind of work, requests, database calls, jobs, as spans tell it. Sampling thins it out: at 10 % it shows a tenth.",
			Empty: "No sampled spans in this time.",
			From:  board.Metrics,
			Draw:  board.Lines("ops"),
			Ask:   []board.Query{board.PromQL("topk(15, "+rate("traces_spanmetrics_calls_total", spanMetrics, "span_name, span_kind")+")", "{{span_name}}")},
			Links: []board.Link{board.ToSpans("Spans of this operation", search(operation))},
		},
		{
			ID: 44, Title: "P99 of spans by operation", Width: 8, Height: 8,
			Read:  "Which step is slow. A database call that is as slow as its request is the reason for it.",
			Empty: "No sampled spans in this time.",
			From:  board.Metrics,
			Draw:  board.Broken("s"),
			Ask:   []board.Query{board.PromQL("topk(15, "+quantile("0.99", "traces_spanmetrics_latency", spanMetrics, "span_name")+")", "{{span_name}}")},
			Links: []board.Link{board.ToSpans("Spans of this operation as slow as this", search(operation+slow))},
		},
		{
			ID: 45, Title: "Share of failed spans by operation", Width: 8, Height: 8,
			Read:  "A step that fails without its request failing was retried, or did not matter; look whether it should.",
			Empty: "No span failed in this time.",
			From:  board.Metrics,
			Draw:  board.Lines("percentunit"),
			Ask: []board.Query{board.PromQL(
				rate("traces_spanmetrics_calls_total", spanMetrics+`, status_code="STATUS_CODE_ERROR"`, "span_name")+
					"\n/ "+rate("traces_spanmetrics_calls_total", spanMetrics, "span_name"), "{{span_name}}")},
			Links: []board.Link{board.ToSpans("Failed spans of this operation", search(operation+" && status = error"))},
		},
		{
			ID: 103, Title: "Failed requests in traces, with exemplars", Width: 24, Height: 7,
			Read:  "Requests that failed, per second, by kind: each diamond opens the trace of one.",
			Empty: "No sampled request failed in this time.",
			From:  board.Traces,
			Draw:  board.Bars("reqps"),
			Ask:   []board.Query{board.TraceQLMetrics(search(server+" && status = error") + " | rate() by (span.error.type)")},
			Head:  []board.Link{board.ToTraces("Traces of failures", search(server+" && status = error"))},
		},
	}
}
