package services

import "quartet/dashboards/board"

func profiles() []board.Panel {
	const selector = `{service_name="$service"}`
	const one = `resource.service.name = "${service}" && span:id = "${span_id}"`
	flames := board.ToSpans("Requests with a flame graph", search(server+" && span.pyroscope.profile.id != nil"))
	return []board.Panel{
		{
			ID: 81, Title: "CPU time", Width: 24, Height: 6,
			Read:  "As profiles have it, sampled at 100 Hz: how much within each step of the graph. As a share of the step well below what the panel CPU says, profiles are being lost: see `telemetry_profile_samples_dropped`.",
			Empty: "This service sent no profiles in this time.",
			From:  board.Profiles,
			Draw:  board.Lines("ns"),
			Ask:   []board.Query{board.CPUTime(selector)},
			Links: []board.Link{flames},
		},
		{
			ID: 82, Title: "Flame graph", Width: 24, Height: 14,
			Read:  "Where CPU time went, of all requests and of what runs beside them. The wider, the more time; below is who was called. Search for a function to see all of its places.",
			Empty: "This service sent no profiles in this time.",
			From:  board.Profiles,
			Draw:  board.Flames(),
			Ask:   []board.Query{board.FlameGraph(selector)},
			Head:  []board.Link{flames, board.ToProfiles("Compare and filter", `{service_name="${service}"}`)},
		},
		{
			ID: 84, Title: "One span", Width: 24, Height: 6,
			Read:  "From a profile back to its request: the trace with the span whose id stands above in Span, such as the label `span_id` of a profile. The arrow in the head opens the flame graph of that span, in which no other request is. Requests of less than 10 ms of CPU time have one by chance only.",
			Empty: "Choose a span: put its id above into Span.",
			From:  board.Traces,
			Draw:  board.Table(),
			Ask:   []board.Query{board.TraceQL(search(one))},
			// Grafana puts no variables into the span selector of a panel; into a link it does.
			Head: []board.Link{
				board.ToSpanProfile("Its flame graph", `{service_name="${service}"}`, "${span_id}"),
				board.ToTraces("Its trace", search(one)),
			},
		},
	}
}
