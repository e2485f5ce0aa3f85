package lint

import (
	"fmt"
	"strings"

	"github.com/VictoriaMetrics/metricsql"
)

// Durations in the place of Grafana's variables, and of those of observability/timing.
var durations = strings.NewReplacer(
	"$__rate_interval", "1m", "$__interval", "15s", "$__range", "15m",
	"%{RULE_1M}", "1m", "%{RULE_2M}", "2m", "%{RULE_5M}", "5m", "%{RULE_10M}", "10m", "%{RULE_1H}", "1h",
)

// PromQL parses a query as VictoriaMetrics does, and says what is wrong with it, and which labels its series can have.
func (n Names) PromQL(query string) (Set, []string) {
	expr, err := metricsql.Parse(durations.Replace(query))
	if err != nil {
		return nil, []string{err.Error()}
	}
	walk := walk{names: n}
	labels := walk.labels(expr)
	return labels, walk.problems
}

type walk struct {
	names    Names
	problems []string
}

func (w *walk) wrong(format string, arguments ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, arguments...))
}

func (w *walk) need(labels Set, where string, wanted ...string) {
	for _, label := range wanted {
		if !labels[label] {
			w.wrong("no label %q %s; there are: %s", label, where, labels)
		}
	}
}

// The labels that the series of an expression can have.
func (w *walk) labels(expr metricsql.Expr) Set {
	switch expr := expr.(type) {
	case *metricsql.MetricExpr:
		return w.series(expr)
	case *metricsql.RollupExpr:
		return w.labels(expr.Expr)
	case *metricsql.AggrFuncExpr:
		return w.aggregate(expr)
	case *metricsql.FuncExpr:
		return w.call(expr)
	case *metricsql.BinaryOpExpr:
		return w.binary(expr)
	}
	return Set{}
}

func (w *walk) series(expr *metricsql.MetricExpr) Set {
	all := Set{}
	for _, filters := range expr.LabelFilterss {
		if len(filters) == 0 || filters[0].Label != "__name__" || filters[0].IsNegative {
			w.wrong("%s names no series", expr.AppendString(nil))
			continue
		}
		called := []string{filters[0].Value}
		if filters[0].IsRegexp {
			var told bool
			if called, told = spelt(filters[0].Value); !told {
				w.wrong("%s may be any series: name them", filters[0].Value)
			}
		}
		for _, name := range called {
			all = all.plus(w.one(name, filters[1:]))
		}
	}
	return all
}

func (w *walk) one(name string, filters []metricsql.LabelFilter) Set {
	labels, known := w.names.Series[name]
	if !known {
		w.wrong("nobody exports %s", name)
	}
	for _, filter := range filters {
		if known {
			w.need(labels, "of "+name, filter.Label)
		}
		if isService(filter.Label) && !strings.Contains(filter.Value, "$") && !filter.IsRegexp {
			w.wrong("%s is fixed to %q: choose it by a variable", filter.Label, filter.Value)
		}
	}
	return labels
}

// Labels that say which service; those of the pipeline's own programs are known by their job.
func isService(label string) bool {
	switch label {
	case "service_name", "service", "client", "server":
		return true
	}
	return false
}

func (w *walk) aggregate(expr *metricsql.AggrFuncExpr) Set {
	labels := w.all(expr.Args)
	where := "to aggregate by in " + string(expr.AppendString(nil))
	w.need(labels, where, expr.Modifier.Args...)
	out := Set{}
	switch {
	case strings.EqualFold(expr.Modifier.Op, "by"):
		out = setOf(expr.Modifier.Args...)
	case strings.EqualFold(expr.Modifier.Op, "without"):
		out = without(labels, expr.Modifier.Args...)
	case keepsSeries(expr.Name):
		out = labels
	}
	if strings.EqualFold(expr.Name, "count_values") {
		out = out.plus(setOf(text(expr.Args, 0)))
	}
	return out
}

func keepsSeries(aggregate string) bool {
	name := strings.ToLower(aggregate)
	return strings.HasPrefix(name, "topk") || strings.HasPrefix(name, "bottomk") || name == "limitk"
}

func (w *walk) call(expr *metricsql.FuncExpr) Set {
	labels := w.all(expr.Args)
	switch strings.ToLower(expr.Name) {
	case "histogram_quantile":
		w.need(labels, "for histogram_quantile", "le")
		labels = without(labels, "le")
		if bound := text(expr.Args, 2); bound != "" {
			labels = labels.plus(setOf(bound))
		}
	case "label_set":
		for i := 1; i < len(expr.Args); i += 2 {
			labels = labels.plus(setOf(text(expr.Args, i)))
		}
	case "label_match", "label_mismatch", "label_value":
		w.need(labels, "for "+expr.Name, text(expr.Args, 1))
	case "label_replace":
		w.need(labels, "for label_replace", text(expr.Args, 3))
		labels = labels.plus(setOf(text(expr.Args, 1)))
	}
	return labels
}

func (w *walk) binary(expr *metricsql.BinaryOpExpr) Set {
	left, right := w.labels(expr.Left), w.labels(expr.Right)
	if strings.EqualFold(expr.GroupModifier.Op, "on") {
		where := "to match on in " + string(expr.AppendString(nil))
		w.need(left, where, expr.GroupModifier.Args...)
		w.need(right, where, expr.GroupModifier.Args...)
	}
	switch strings.ToLower(expr.JoinModifier.Op) {
	case "group_left":
		w.need(right, "to take over", expr.JoinModifier.Args...)
		return left.plus(setOf(expr.JoinModifier.Args...))
	case "group_right":
		w.need(left, "to take over", expr.JoinModifier.Args...)
		return right.plus(setOf(expr.JoinModifier.Args...))
	}
	if strings.EqualFold(expr.Op, "or") || len(left) == 0 {
		return left.plus(right)
	}
	return left
}

func (w *walk) all(expressions []metricsql.Expr) Set {
	labels := Set{}
	for _, expr := range expressions {
		labels = labels.plus(w.labels(expr))
	}
	return labels
}

func without(labels Set, gone ...string) Set {
	rest := labels.plus(nil)
	for _, label := range gone {
		delete(rest, label)
	}
	return rest
}

// The text at that place among arguments, if there is one.
func text(arguments []metricsql.Expr, at int) string {
	if at < len(arguments) {
		if word, ok := arguments[at].(*metricsql.StringExpr); ok {
			return word.S
		}
	}
	return ""
}
