package lint

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

type rule struct {
	Record, Alert, Expr string
	Annotations         map[string]string
}

// ReadRules reads files of vmalert, and learns the series that they record.
func (n Names) ReadRules(files map[string][]byte) (map[string][]rule, []string) {
	rules := map[string][]rule{}
	var problems []string
	for name, file := range files {
		var read struct{ Groups []struct{ Rules []rule } }
		if err := yaml.Unmarshal(file, &read); err != nil {
			problems = append(problems, name+": "+err.Error())
		}
		for _, group := range read.Groups {
			rules[name] = append(rules[name], group.Rules...)
			for _, rule := range group.Rules {
				if rule.Record != "" {
					// Not what is wrong with it: that is told by CheckRules.
					labels, _ := n.PromQL(rule.Expr)
					n.Series[rule.Record] = labels
				}
			}
		}
	}
	return rules, problems
}

// Boards are the dashboards that exist: the ids of their panels and the names of their variables, by uid.
type Boards map[string]Board

// Board is what a link to a dashboard can name.
type Board struct{ Panels, Variables Set }

// CheckRules says what is wrong with rules: their queries, and where their annotations lead. Files of which no dashboard
// shows anything need no link to one.
func (n Names) CheckRules(rules map[string][]rule, boards Boards, sources Sources, withoutDashboard Set) []string {
	var problems []string
	for file, some := range rules {
		for _, rule := range some {
			wrong := func(format string, arguments ...any) {
				problems = append(problems, fmt.Sprintf("%s, %s: ", file, rule.Alert+rule.Record)+fmt.Sprintf(format, arguments...))
			}
			_, found := n.PromQL(rule.Expr)
			for _, problem := range found {
				wrong("%s", problem)
			}
			if rule.Alert == "" {
				continue
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				wrong("no summary, or no description")
			}
			if address := rule.Annotations["dashboard_url"]; address != "" {
				boards.check(address, wrong)
			} else if !withoutDashboard[file] {
				wrong("leads to no dashboard")
			}
			if address := rule.Annotations["traces_url"]; address != "" {
				n.checkExplore(address, sources, wrong)
			}
		}
	}
	return problems
}

var (
	template = regexp.MustCompile(`\{\{.*?\}\}`)
	base     = regexp.MustCompile(`^%\{GRAFANA_URL\}`)
)

// An annotation's address, with something that shows it was a template in the place of each.
func parsed(annotation string, wrong func(string, ...any)) *url.URL {
	if !base.MatchString(annotation) {
		wrong("%s does not begin with GRAFANA_URL", annotation)
	}
	address, err := url.Parse(template.ReplaceAllString(base.ReplaceAllString(annotation, ""), "$$label"))
	if err != nil {
		wrong("%v", err)
		return &url.URL{}
	}
	return address
}

func (b Boards) check(annotation string, wrong func(string, ...any)) {
	address := parsed(annotation, wrong)
	uid, _ := strings.CutPrefix(address.Path, "/d/")
	board, exists := b[uid]
	if !exists {
		wrong("there is no dashboard %q", uid)
		return
	}
	for name, values := range address.Query() {
		variable, isVariable := strings.CutPrefix(name, "var-")
		switch {
		case name == "viewPanel":
			if panel := strings.TrimPrefix(values[0], "panel-"); !board.Panels[panel] {
				wrong("dashboard %s has no panel %s", uid, panel)
			}
		case isVariable && !board.Variables[variable]:
			wrong("dashboard %s has no variable %s", uid, variable)
		case isVariable && values[0] != "$label":
			wrong("%s is fixed to %q", variable, values[0])
		}
	}
}

func (n Names) checkExplore(annotation string, sources Sources, wrong func(string, ...any)) {
	address := parsed(annotation, wrong)
	check := dashboardCheck{names: n, sources: sources}
	check.explore("its link", address)
	for _, problem := range check.problems {
		wrong("%s", problem)
	}
}
