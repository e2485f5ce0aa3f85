package services

import "fmt"

// Whose series: PromQL, LogQL and Pyroscope select alike.
const (
	identity = `service_name="$service", deployment_environment_name="$environment", project=~"$project"`
	requests = identity + `, http_request_method=~"$method", http_route=~"$route"`
	// Whoever it is about, all services together.
	everybody = `deployment_environment_name="$environment", project=~"$project"`
)

// Whose spans. The variables stand in braces, the only form that links may have.
const (
	spans  = `resource.service.name = "${service}" && resource.deployment.environment.name = "${environment}"`
	server = spans + ` && kind = server`
	// Those of the routes and methods chosen above: for panels, since a link can not list several.
	chosen = server + ` && span.http.route =~ "${route:pipe}" && span.http.request.method =~ "${method:pipe}"`
	// Those of the series that was clicked.
	clicked = server + ` && span.http.route = "${__field.labels.http_route}" && span.http.request.method = "${__field.labels.http_request_method}"`
)

func search(condition string) string {
	return "{ " + condition + " }"
}

// Rate of a counter, per second, kept apart by labels.
func rate(series, selector, labels string) string {
	return sum(fmt.Sprintf("rate(%s{%s}[$__rate_interval])", series, selector), labels)
}

func sum(expr, labels string) string {
	if labels == "" {
		return "sum(" + expr + ")"
	}
	return fmt.Sprintf("sum by (%s) (%s)", labels, expr)
}

// The label in which a point carries the lower bound of its bucket, in seconds.
const atLeast = "at_least"

// Quantile over time of a histogram, kept apart by labels. Each point carries the lower bound of the bucket that it
// was interpolated in: no slower request need exist than that, so links search from there.
//
// VictoriaMetrics tells the bounds as series of their own; count_values makes a label of the lower one's value.
func quantile(phi, histogram, selector, labels string) string {
	return quantileOver(phi, histogram, selector, labels, "$__rate_interval")
}

func quantileOver(phi, histogram, selector, labels, window string) string {
	by := "le"
	if labels != "" {
		by += ", " + labels
	}
	return fmt.Sprintf(`WITH (buckets = sum by (%s) (rate(%s_bucket{%s}[%s])))
histogram_quantile(%s, buckets)
* on (%s) group_left (%s)
count_values("%s", label_match(histogram_quantile(%s, buckets, "edge"), "edge", "lower")) by (%s)`,
		by, histogram, selector, window, phi, labels, atLeast, atLeast, phi, labels)
}

// In TraceQL, that a span took at least as long as the point that was clicked says.
const slow = ` && duration >= ${__field.labels.` + atLeast + `}s`
