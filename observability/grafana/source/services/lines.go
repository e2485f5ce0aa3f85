package services

import "quartet/dashboards/board"

// Whose lines, with variables in the only form that links may have.
const whose = `service_name="${service}", deployment_environment_name="${environment}"`

func lines() []board.Panel {
	return []board.Panel{
		{
			ID: 71, Title: "Lines by level", Width: 24, Height: 6,
			Read:  "How much is said. `error` means that somebody should act. A wall of one level is one event that repeats; the stream below shows which.",
			Empty: "No lines in this time.",
			From:  board.Logs,
			Draw: board.Bars("short").
				OverrideByName("error", color("red")).
				OverrideByName("warn", color("yellow")).
				OverrideByName("info", color("green")).
				OverrideByName("debug", color("blue")),
			Ask:   []board.Query{board.LogQL(`sum by (level) (count_over_time({`+identity+`}[$__auto]))`, "{{level}}")},
			Links: []board.Link{board.ToLogs("Lines of this level", `{`+whose+`, level="${__field.labels.level}"}`)},
		},
		{
			ID: 72, Title: "Lines", Width: 24, Height: 12,
			Read:  "The newest lines. One opens on a click: its fields, and `Open the trace` where the request was sampled. `request_id` is what a user can tell from an answer: search for it.",
			Empty: "No lines in this time.",
			From:  board.Logs,
			Draw:  board.Stream(),
			Ask:   []board.Query{board.LogQL(`{`+identity+`}`, "")},
			Head:  []board.Link{board.ToLogs("Search on", `{`+whose+`}`)},
		},
	}
}
