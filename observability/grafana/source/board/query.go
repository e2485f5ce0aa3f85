// Package board puts dashboards together: rows of panels, their queries, and the links between them.
package board

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/grafanapyroscope"
	"github.com/grafana/grafana-foundation-sdk/go/loki"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/tempo"
)

// The data sources of provisioning/datasources/quartet.yaml.
var (
	Metrics  = source("prometheus", "metrics")
	Logs     = source("loki", "logs")
	Traces   = source("tempo", "traces")
	Profiles = source("grafana-pyroscope-datasource", "profiles")
)

// CPU is the profile type that services push.
const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds"

// Query is one question of a panel.
type Query = cog.Builder[variants.Dataquery]

func source(kind, uid string) common.DataSourceRef {
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

// PromQL asks for series over the time on the screen; legend names them by their labels.
func PromQL(expr, legend string) *prometheus.DataqueryBuilder {
	return promQL(expr, legend).Range()
}

// PromQLNow asks for one value per series, at the end of the time on the screen.
func PromQLNow(expr, legend string) *prometheus.DataqueryBuilder {
	return promQL(expr, legend).Instant()
}

func promQL(expr, legend string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().
		Datasource(Metrics).
		EditorMode(prometheus.QueryEditorModeCode).
		Expr(expr).
		LegendFormat(legend)
}

// LogQL asks for lines, or for a number of lines over time.
func LogQL(expr, legend string) *loki.DataqueryBuilder {
	return loki.NewDataqueryBuilder().
		Datasource(Logs).
		EditorMode(loki.QueryEditorModeCode).
		QueryType("range").
		Expr(expr).
		LegendFormat(legend)
}

// TraceQL searches for traces: twenty of them, the newest.
func TraceQL(query string) *tempo.DataqueryBuilder {
	return traceQL(query).
		Limit(20).
		TableType(tempo.SearchTableTypeTraces)
}

// TraceQLMetrics computes series from spans, with exemplars: points that open the trace behind them.
func TraceQLMetrics(query string) *tempo.DataqueryBuilder {
	return traceQL(query).
		MetricsQueryType(tempo.MetricsQueryTypeRange).
		Exemplars(100)
}

func traceQL(query string) *tempo.DataqueryBuilder {
	return tempo.NewDataqueryBuilder().
		Datasource(Traces).
		QueryType("traceql").
		Query(query)
}

// ServiceMap draws who calls whom, of the series of Tempo's service graph that match.
func ServiceMap(selector string) *tempo.DataqueryBuilder {
	return tempo.NewDataqueryBuilder().
		Datasource(Traces).
		QueryType("serviceMap").
		ServiceMapQuery(tempo.StringOrArrayOfString{String: &selector})
}

// CPUTime asks for CPU time over the time on the screen.
func CPUTime(selector string) *grafanapyroscope.DataqueryBuilder {
	return profile(selector, "metrics")
}

// FlameGraph asks for where CPU time went.
func FlameGraph(selector string) *grafanapyroscope.DataqueryBuilder {
	return profile(selector, "profile")
}

func profile(selector, kind string) *grafanapyroscope.DataqueryBuilder {
	return grafanapyroscope.NewDataqueryBuilder().
		Datasource(Profiles).
		ProfileTypeId(CPU).
		LabelSelector(selector).
		GroupBy([]string{}).
		QueryType(kind)
}
