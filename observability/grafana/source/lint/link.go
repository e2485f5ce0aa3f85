package lint

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

var (
	inLink     = regexp.MustCompile(`\$\{([^}]*)\}`)
	fieldLabel = regexp.MustCompile(`^__field\.labels\.(\w+)$`)
)

// A link, of series with labels; of none if it stands in a panel's head.
func (c *dashboardCheck) link(where string, link link, labels map[string]Set) {
	where += ", link " + link.Title
	plain := inLink.ReplaceAllStringFunc(link.URL, func(found string) string {
		name, escaped := strings.CutSuffix(strings.Trim(found, "${}"), ":percentencode")
		if !escaped {
			c.wrong(where, "%s is not encoded for a URL, or in two ways", found)
		}
		c.inLink(where, name, labels)
		// As after Grafana: a value for the variable, and something that shows it was one.
		return "$" + regexp.MustCompile(`\W`).ReplaceAllString(name, "_")
	})
	address, err := url.Parse(plain)
	if err != nil {
		c.wrong(where, "%v", err)
		return
	}
	c.explore(where, address)
}

// An address of Explore, whose panes hold queries.
func (c *dashboardCheck) explore(where string, address *url.URL) {
	if address.Path != "/explore" {
		c.wrong(where, "leads to %s: only Explore is known to be there", address.Path)
		return
	}
	var panes map[string]struct {
		Datasource string
		Queries    []target
		Range      struct{ From, To string }
	}
	if err := json.Unmarshal([]byte(address.Query().Get("panes")), &panes); err != nil || len(panes) == 0 {
		c.wrong(where, "its panes cannot be read: %v", err)
		return
	}
	for _, pane := range panes {
		if pane.Range.From == "" || pane.Range.To == "" || len(pane.Queries) == 0 {
			c.wrong(where, "no time, or no query")
		}
		for _, query := range pane.Queries {
			c.source(where, query.Datasource)
			if query.Datasource.UID != pane.Datasource {
				c.wrong(where, "asks %q of %q", query.Datasource.UID, pane.Datasource)
			}
			_, problems := c.ask(query)
			for _, problem := range problems {
				c.wrong(where, "%s", problem)
			}
		}
	}
}

// Whether there is what a variable of a link stands for.
func (c *dashboardCheck) inLink(where, name string, labels map[string]Set) {
	if found := fieldLabel.FindStringSubmatch(name); found != nil {
		if len(labels) == 0 {
			c.wrong(where, "%s: nothing was clicked", name)
		}
		for ref, of := range labels {
			if !of[found[1]] {
				c.wrong(where, "series of query %s have no label %q", ref, found[1])
			}
		}
		return
	}
	if !c.variables[name] && !builtIn[name] {
		c.wrong(where, "there is no variable %s", name)
	}
}
