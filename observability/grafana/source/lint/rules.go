package lint

import (
	"fmt"
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

// CheckRules says what is wrong with rules: their queries, and where their annotations lead. The panels are the ids of
// each dashboard; headings are those of each runbook.
func (n Names) CheckRules(rules map[string][]rule, panels map[string]map[string]bool) []string {
	var problems []string
	for file, some := range rules {
		for _, rule := range some {
			where := fmt.Sprintf("%s, %s", file, rule.Alert+rule.Record)
			_, found := n.PromQL(rule.Expr)
			for _, problem := range found {
				problems = append(problems, where+": "+problem)
			}
			if rule.Alert == "" {
				continue
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" {
				problems = append(problems, where+": no summary, or no description")
			}
			problems = append(problems, leads(where, rule, panels)...)
		}
	}
	return problems
}

func leads(where string, rule rule, panels map[string]map[string]bool) []string {
	uid, panel := rule.Annotations["dashboard"], rule.Annotations["panel"]
	if uid == "" && panel == "" {
		return nil
	}
	ids, exists := panels[strings.TrimSpace(uid)]
	if !exists {
		return []string{fmt.Sprintf("%s: there is no dashboard %q", where, uid)}
	}
	if panel != "" && !ids[panel] {
		return []string{fmt.Sprintf("%s: dashboard %s has no panel %s", where, uid, panel)}
	}
	return nil
}
