package services

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"

	"quartet/dashboards/board"
)

// A second is where the alert HighLatency begins to count.
var seconds = board.Steps("green", board.Step{From: 1, Color: "yellow"}, board.Step{From: 5, Color: "red"})

// What a piece of a line is called by: the bucket that its points are in.
const bucket = ", bucket above {{" + atLeast + "}} s"

func latency() []board.Panel {
	panels := []board.Panel{
		{
			ID: 13, Title: "P50, P95, P99", Width: 8, Height: 9,
			Read:  "Half of the requests were faster than P50, 99 of a hundred than P99. P99 alone rising: a few requests wait, for a lock, a connection, another service. All three: the machine is busy. They are interpolated between bucket bounds; the link searches from the lower one.",
			Empty: "No requests in this time.",
			From:  board.Metrics,
			Draw: board.Lines("s").
				OverrideByRegexp("/^P50/", color("green")).
				OverrideByRegexp("/^P95/", color("orange")).
				OverrideByRegexp("/^P99/", color("red")),
			Ask: []board.Query{
				board.PromQL(quantile("0.5", duration, requests, ""), "P50"+bucket),
				board.PromQL(quantile("0.95", duration, requests, ""), "P95"+bucket),
				board.PromQL(quantile("0.99", duration, requests, ""), "P99"+bucket),
			},
			Links: []board.Link{board.ToTraces("Traces as slow as this", search(server+slow))},
		},
		{
			ID: 102, Title: "Slowest requests in traces, with exemplars", Width: 16, Height: 9,
			// Not a quantile: Tempo would hang the same exemplars on every route.
			Read:  "From spans, the slowest request of each route within each step: each diamond is a request, and opens its trace. Only what was sampled is in it, so the panels from metrics are the truth, and this is the way in.",
			Empty: "No sampled requests in this time.",
			From:  board.Traces,
			Draw:  board.Lines("s"),
			Ask:   []board.Query{board.TraceQLMetrics(search(chosen) + " | max_over_time(duration) by (span.http.route)")},
			Head:  []board.Link{board.ToTraces("Traces slower than a second", search(server+" && duration >= 1s"))},
		},
	}
	for _, at := range []struct {
		id         uint32
		name, phi  string
		reads      string
		thresholds bool
	}{
		{16, "P50", "0.5", "What most requests of each route take. A slow median is a slow route, not bad luck.", false},
		{22, "P95", "0.95", "What one request of twenty takes at least.", false},
		{23, "P99", "0.99", "What one request of a hundred takes at least. A user who sends a hundred requests meets it; the alert HighLatency looks at the share above a second.", true},
	} {
		draw := board.Broken("s")
		if at.thresholds {
			draw = draw.Thresholds(seconds).
				ThresholdsStyle(common.NewGraphThresholdsStyleConfigBuilder().Mode(common.GraphThresholdsStyleModeDashed))
		}
		panels = append(panels, board.Panel{
			ID: at.id, Title: at.name + " by route", Width: 8, Height: 9,
			Read:  at.reads + " Colours are those of Requests per second by route. A click searches for traces of that route in the point's bucket and above.",
			Empty: "No requests of a known route in this time.",
			From:  board.Metrics,
			Draw:  draw,
			Ask:   []board.Query{board.PromQL(quantile(at.phi, duration, requests+routed, byRoute), route)},
			Links: []board.Link{board.ToTraces("Traces of this route as slow as this", search(clicked+slow))},
		})
	}
	return append(panels,
		board.Panel{
			ID: 24, Title: "Slowest routes: P95", Width: 12, Height: 9,
			Read:  "Over all of the time on the screen, the ten routes where one request of twenty takes longest. Where to begin.",
			Empty: "No requests of a known route in this time.",
			From:  board.Metrics,
			Draw:  board.Ranking("s", seconds),
			Ask:   []board.Query{board.PromQLNow("topk(10, "+quantileOver("0.95", duration, requests+routed, byRoute, "$__range")+")", route)},
			Links: []board.Link{board.ToTraces("Traces of this route as slow as this", search(clicked+slow))},
		},
		board.Panel{
			ID: 25, Title: "Mean duration by route", Width: 12, Height: 9,
			Read:  "Over all of the time on the screen. Times the requests per second it is the time a route costs: a fast route that is asked for often can cost more than a slow one.",
			Empty: "No requests of a known route in this time.",
			From:  board.Metrics,
			Draw:  board.Ranking("s", seconds),
			Ask: []board.Query{board.PromQLNow("sort_desc("+
				sum(`increase(`+duration+`_sum{`+requests+routed+`}[$__range])`, byRoute)+
				"\n/ "+sum(`increase(`+duration+`_count{`+requests+routed+`}[$__range])`, byRoute)+")", route)},
			Links: []board.Link{board.ToTraces("Traces of this route", search(clicked))},
		},
	)
}
