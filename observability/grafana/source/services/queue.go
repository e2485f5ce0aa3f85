package services

import (
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"quartet/dashboards/board"
)

// The queue belongs to no service alone: one sends, another works.
func queue() []board.Panel {
	const consumer = `resource.deployment.environment.name = "${environment}" && kind = consumer`
	consumers := board.ToTraces("Traces of jobs", search(consumer))
	return []board.Panel{
		{
			ID: 110, Title: "Jobs that are not over", Width: 6, Height: 8,
			Read:  "Of all services. `ready` wait for a worker, `leased` are under way, `dead` were given up and need a person: `quartet jobs --state dead`. Rising `ready`: too few workers, or jobs that take too long.",
			Empty: "No service of this environment works a queue.",
			From:  board.Metrics,
			Draw:  board.Lines("short").Decimals(0),
			Ask:   []board.Query{board.PromQL(`max by (state) (job_queue_depth{`+everybody+`})`, "{{state}}")},
			Links: []board.Link{consumers},
		},
		{
			ID: 111, Title: "Age of the oldest due job", Width: 6, Height: 8,
			Read:  "How long the job that waited longest has been due. It grows by a second per second when nobody works.",
			Empty: "No service of this environment works a queue.",
			From:  board.Metrics,
			Draw:  board.Lines("s"),
			Ask:   []board.Query{board.PromQL(`max by (project) (job_queue_oldest_age_seconds{`+everybody+`})`, "oldest")},
			Links: []board.Link{consumers},
		},
		{
			ID: 112, Title: "Attempts at jobs per second", Width: 6, Height: 8,
			Read:  "What came of them. `retried`: tried again after a while; `dead`: given up; `lease_lost`: the worker was too slow or too long gone, and another has it; `unsettled`: the database could not be told, so it is tried again.",
			Empty: "No attempt at a job in this time.",
			From:  board.Metrics,
			Draw:  board.Stacked("ops"),
			Ask:   []board.Query{board.PromQL(rate("job_attempts_total", everybody, "outcome"), "{{outcome}}")},
			Links: []board.Link{board.ToTraces("Traces of failed attempts", search(consumer+" && status = error")), consumers},
		},
		{
			ID: 113, Title: "P99 of waiting and working", Width: 6, Height: 8,
			Read:  "Of jobs: from due until a worker had it, and from then until it was settled. Waiting longer than working: more workers would help.",
			Empty: "No attempt at a job in this time.",
			From:  board.Metrics,
			Draw: board.Lines("s").
				OverrideByRegexp("/^waiting/", color("yellow")).
				OverrideByRegexp("/^working/", color("blue")).
				OverrideByQuery("B", []dashboard.DynamicConfigValue{board.DataLinks(
					board.ToTraces("Attempts as slow as this", search(consumer+slow)))}),
			Ask: []board.Query{
				board.PromQL(quantile("0.99", "job_wait_seconds", everybody, ""), "waiting"+bucket),
				board.PromQL(quantile("0.99", "messaging_process_duration_seconds", everybody, ""), "working"+bucket),
			},
			Links: []board.Link{consumers},
		},
	}
}
