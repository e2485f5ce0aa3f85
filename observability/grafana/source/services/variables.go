package services

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"quartet/dashboards/board"
)

// A span id that no span has: nothing is chosen.
const noSpan = "0000000000000000"

func variables() []cog.Builder[dashboard.VariableModel] {
	const mine = `http_server_request_duration_seconds_count{` + identity + `}`
	return []cog.Builder[dashboard.VariableModel]{
		one("environment", "Environment", `label_values(target_info, deployment_environment_name)`),
		several("project", "Project", `label_values(target_info{deployment_environment_name="$environment"}, project)`),
		// Those that are scraped, from their start, and those that push, from their first request.
		one("service", "Service", `label_values({__name__="target_info", `+everybody+` or __name__="`+duration+`_count", `+everybody+`}, service_name)`),
		several("method", "Method", `label_values(`+mine+`, http_request_method)`),
		several("route", "Route", `label_values(`+mine+`, http_route)`),
		dashboard.NewTextBoxVariableBuilder("span_id").
			Label("Span").
			Description("The id of a span, for its trace and its flame graph at the end of the page.").
			DefaultValue(dashboard.StringOrMap{String: cog.ToPtr(noSpan)}).
			Current(option(noSpan)),
	}
}

func one(name, label, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).
		Label(label).
		Datasource(board.Metrics).
		Query(dashboard.StringOrMap{String: &query}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortAlphabeticalAsc)
}

// All is everything, also what has no such label: a request of no known route.
func several(name, label, query string) *dashboard.QueryVariableBuilder {
	return one(name, label, query).
		Multi(true).
		IncludeAll(true).
		AllValue(".*").
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

func option(value string) dashboard.VariableOption {
	return dashboard.VariableOption{
		Text:  dashboard.StringOrArrayOfString{String: &value},
		Value: dashboard.StringOrArrayOfString{String: &value},
	}
}
