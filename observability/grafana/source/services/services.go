// Package services makes the dashboard of what every service has: requests, errors, latency, and what stands behind.
package services

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"quartet/dashboards/board"
)

// UID by which links and alerts name the dashboard.
const UID = "services"

// Rows of the dashboard, in order: first whether users are well, last where the CPU time went.
func Rows() []board.Row {
	return []board.Row{
		{Title: "Overview", Panels: overview()},
		{Title: "Traffic", Panels: traffic()},
		{Title: "Latency", Panels: latency()},
		{Title: "Saturation", Panels: saturation()},
		{Title: "Errors", Panels: failures()},
		{Title: "Traces", Panels: traces()},
		{Title: "Calls of others", Panels: calls()},
		{Title: "Database", Panels: database()},
		{Title: "Queue", Panels: queue()},
		{Title: "Logs", Panels: lines()},
		{Title: "Profiles", Panels: profiles()},
	}
}

// Dashboard puts it together.
func Dashboard() (dashboard.Dashboard, error) {
	panels, err := board.Layout(Rows())
	if err != nil {
		return dashboard.Dashboard{}, err
	}
	model, err := dashboard.NewDashboardBuilder("Services").
		Uid(UID).
		Description("One service at a time: its requests, their latency and errors, and from every point a way to the traces, lines and profiles behind it.").
		Tags([]string{"quartet"}).
		Readonly().
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Refresh("30s").
		Time("now-15m", "now").
		Variables(variables()).
		Annotations(annotations()).
		Build()
	model.Panels = panels
	return model, err
}

func annotations() []cog.Builder[dashboard.AnnotationQuery] {
	mark := func(name, color, expr, title string) cog.Builder[dashboard.AnnotationQuery] {
		return dashboard.NewAnnotationQueryBuilder().
			Name(name).
			Datasource(board.Metrics).
			Enable(true).
			IconColor(color).
			TitleFormat(title).
			Target(board.PromQL(expr, ""))
	}
	return []cog.Builder[dashboard.AnnotationQuery]{
		mark("Alerts", "red", `ALERTS{alertstate="firing", `+identity+`}`, "{{alertname}}"),
		mark("Faults switched on", "purple", `fault_active{`+identity+`} == 1`, "{{fault}}"),
		mark("Starts", "blue", `changes(process_start_time_seconds{`+identity+`}[$__interval]) > 0`, "{{service_name}} started"),
	}
}
