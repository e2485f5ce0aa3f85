package lint

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Dashboard as Grafana reads it, as far as it can be wrong.
type Dashboard struct {
	UID        string  `json:"uid"`
	Panels     []Panel `json:"panels"`
	Templating struct {
		List []struct {
			Name, Type string
			Query      any
			Datasource source
		}
	}
	Annotations struct {
		List []struct {
			Name       string
			Datasource source
			Target     target
		}
	}
}

// Panel of a dashboard.
type Panel struct {
	ID                       uint32 `json:"id"`
	Type, Title, Description string
	Datasource               source
	Targets                  []target
	Links                    []link
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct {
			Unit  string
			Links []link
		}
		Overrides []struct {
			Matcher struct {
				ID      string
				Options any
			}
			Properties []struct {
				ID    string
				Value json.RawMessage
			}
		}
	}
}

type source struct{ Type, UID string }

type target struct {
	RefID      string
	Datasource source
	// Of Prometheus and Loki; of Tempo; of Pyroscope.
	Expr, Query, LabelSelector string
	QueryType                  string
	ServiceMapQuery            string
	SpanSelector               []string
}

type link struct{ Title, URL string }

// Numbers need a unit; the others draw lines of text, maps and graphs, which bring theirs.
var withoutUnit = setOf("table", "logs", "nodeGraph", "flamegraph", "text")

// What Grafana puts in besides a dashboard's own variables.
var builtIn = setOf("__rate_interval", "__interval", "__range", "__auto", "__from", "__to")

type dashboardCheck struct {
	names     Names
	sources   Sources
	variables Set
	problems  []string
}

// CheckDashboard says what is wrong with a dashboard.
func (n Names) CheckDashboard(text []byte, sources Sources) []string {
	var board Dashboard
	if err := json.Unmarshal(text, &board); err != nil {
		return []string{err.Error()}
	}
	check := dashboardCheck{names: n, sources: sources, variables: Set{}}
	for _, variable := range board.Templating.List {
		check.variables[variable.Name] = true
	}
	for _, variable := range board.Templating.List {
		if variable.Type == "query" {
			check.variable(variable.Name, variable.Query, variable.Datasource)
		}
	}
	for _, mark := range board.Annotations.List {
		check.query("annotation "+mark.Name, mark.Target)
	}
	seen := map[uint32]bool{}
	for _, panel := range board.Panels {
		if seen[panel.ID] {
			check.wrong(fmt.Sprint(panel.ID), "the id is another panel's too")
		}
		seen[panel.ID] = true
		for _, other := range board.Panels {
			if other.ID < panel.ID && overlap(panel, other) {
				check.wrong(fmt.Sprint(panel.ID), "lies over panel %d", other.ID)
			}
		}
		if panel.Type != "row" {
			check.panel(panel)
		}
	}
	return check.problems
}

func overlap(a, b Panel) bool {
	apart := func(at, size, other, otherSize int) bool { return at+size <= other || other+otherSize <= at }
	return !apart(a.GridPos.X, a.GridPos.W, b.GridPos.X, b.GridPos.W) && !apart(a.GridPos.Y, a.GridPos.H, b.GridPos.Y, b.GridPos.H)
}

func (c *dashboardCheck) wrong(where, format string, arguments ...any) {
	c.problems = append(c.problems, where+": "+fmt.Sprintf(format, arguments...))
}

var labelValues = regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)

func (c *dashboardCheck) variable(name string, query any, from source) {
	where := "variable " + name
	c.source(where, from)
	text, _ := query.(string)
	found := labelValues.FindStringSubmatch(text)
	if found == nil {
		c.wrong(where, "%q is no label_values(series, label)", text)
		return
	}
	c.known(where, found[1])
	labels, problems := c.names.PromQL(found[1])
	for _, problem := range problems {
		c.wrong(where, "%s", problem)
	}
	if !labels[found[2]] {
		c.wrong(where, "no label %q; there are: %s", found[2], labels)
	}
}

func (c *dashboardCheck) panel(panel Panel) {
	where := fmt.Sprintf("panel %d, %s", panel.ID, panel.Title)
	defaults := panel.FieldConfig.Defaults
	c.source(where, panel.Datasource)
	if panel.Title == "" {
		c.wrong(where, "no title")
	}
	if len(panel.Description) < 40 {
		c.wrong(where, "the description does not say how to read it")
	}
	if defaults.Unit == "" && !withoutUnit[panel.Type] {
		c.wrong(where, "no unit")
	}
	if len(panel.Targets) == 0 {
		c.wrong(where, "asks nothing")
	}
	labels := map[string]Set{}
	for _, target := range panel.Targets {
		if target.Datasource != panel.Datasource {
			c.wrong(where, "query %s asks another data source", target.RefID)
		}
		labels[target.RefID] = c.query(where, target)
	}
	links := len(defaults.Links) + len(panel.Links)
	for _, link := range panel.Links {
		c.link(where, link, nil)
	}
	for _, link := range defaults.Links {
		c.link(where, link, labels)
	}
	for _, override := range panel.FieldConfig.Overrides {
		for _, property := range override.Properties {
			if property.ID != "links" {
				continue
			}
			var some []link
			if err := json.Unmarshal(property.Value, &some); err != nil {
				c.wrong(where, "%v", err)
			}
			of := labels
			if ref, _ := override.Matcher.Options.(string); override.Matcher.ID == "byFrameRefID" {
				of = map[string]Set{ref: labels[ref]}
			}
			links += len(some)
			for _, link := range some {
				c.link(where, link, of)
			}
		}
	}
	if links == 0 {
		c.wrong(where, "leads nowhere")
	}
}

func (c *dashboardCheck) source(where string, from source) {
	if c.sources[from.UID].Type != from.Type || from.Type == "" {
		c.wrong(where, "no data source %q of type %q", from.UID, from.Type)
	}
}

// The labels of what a query answers; none where they are not told.
func (c *dashboardCheck) query(where string, target target) Set {
	c.source(where, target.Datasource)
	text := target.Expr + target.Query + target.LabelSelector + target.ServiceMapQuery
	if text == "" {
		c.wrong(where, "query %s is empty", target.RefID)
		return nil
	}
	c.known(where, text)
	if strings.Contains(strings.Join(target.SpanSelector, ""), "$") {
		c.wrong(where, "Grafana puts no variable into a span selector: link to it")
	}
	labels, problems := c.ask(target)
	for _, problem := range problems {
		c.wrong(where, "%s", problem)
	}
	return labels
}

func (c *dashboardCheck) ask(target target) (Set, []string) {
	switch {
	case target.QueryType == "serviceMap":
		// Grafana puts it behind each series of the service graph.
		return c.names.PromQL("traces_service_graph_request_total" + target.ServiceMapQuery)
	case target.Datasource.Type == "prometheus":
		return c.names.PromQL(target.Expr)
	case target.Datasource.Type == "loki":
		return setOf(groups(target.Expr)...), c.names.LogQL(target.Expr)
	case target.Datasource.Type == "tempo":
		return nil, c.names.TraceQL(target.Query)
	case target.Datasource.Type == "grafana-pyroscope-datasource":
		return nil, c.names.Profile(target.LabelSelector)
	}
	return nil, nil
}

var reference = regexp.MustCompile(`\$\{?(\w+)`)

// Whether every variable of a text exists.
func (c *dashboardCheck) known(where, text string) {
	for _, found := range reference.FindAllStringSubmatch(text, -1) {
		if !c.variables[found[1]] && !builtIn[found[1]] {
			c.wrong(where, "there is no variable %s", found[1])
		}
	}
}
