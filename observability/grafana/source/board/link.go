package board

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Link leads from a panel to where the answer to the next question is.
type Link struct {
	Title string
	URL   string
}

// ToTraces opens Explore with a TraceQL search over the time on the screen.
func ToTraces(title, query string) Link {
	return toExplore(title, *Traces.Type, *Traces.Uid, map[string]any{
		"queryType": "traceql", "query": query, "limit": 20, "tableType": "traces",
	})
}

// ToSpans is ToTraces, showing the matching spans themselves.
func ToSpans(title, query string) Link {
	return toExplore(title, *Traces.Type, *Traces.Uid, map[string]any{
		"queryType": "traceql", "query": query, "limit": 20, "tableType": "spans",
	})
}

// ToLogs opens Explore with a LogQL query.
func ToLogs(title, expr string) Link {
	return toExplore(title, *Logs.Type, *Logs.Uid, map[string]any{
		"queryType": "range", "expr": expr, "editorMode": "code",
	})
}

// ToMetrics opens Explore with a query of metrics.
func ToMetrics(title, expr string) Link {
	return toExplore(title, *Metrics.Type, *Metrics.Uid, map[string]any{
		"expr": expr, "editorMode": "code", "range": true, "instant": false,
	})
}

// ToProfiles opens Explore with a flame graph.
func ToProfiles(title, selector string) Link {
	return toProfiles(title, selector, nil)
}

// ToSpanProfile is ToProfiles, of one span.
func ToSpanProfile(title, selector, span string) Link {
	return toProfiles(title, selector, []string{span})
}

func toProfiles(title, selector string, spans []string) Link {
	query := map[string]any{
		"queryType": "profile", "profileTypeId": CPU, "labelSelector": selector, "groupBy": []string{},
	}
	if spans != nil {
		query["spanSelector"] = spans
	}
	return toExplore(title, *Profiles.Type, *Profiles.Uid, query)
}

func toExplore(title, kind, uid string, query map[string]any) Link {
	query["refId"] = "A"
	query["datasource"] = map[string]string{"type": kind, "uid": uid}
	pane := map[string]any{
		"datasource": uid,
		"queries":    []any{query},
		"range":      map[string]string{"from": "${__from}", "to": "${__to}"},
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	// Maps of strings, numbers and lists of them: nothing of it can fail.
	if err := encoder.Encode(map[string]any{"link": pane}); err != nil {
		panic(err)
	}
	panes := strings.TrimSuffix(text.String(), "\n")
	return Link{Title: title, URL: "/explore?schemaVersion=1&orgId=1&panes=" + escape(panes)}
}

// As in Grafana's own expression for variables, of which we use this form only.
var variable = regexp.MustCompile(`\$\{[^}]+\}`)

// Escapes all but variables. Grafana by itself encodes their values as part of a whole URL, in which & and # stay
// as they are: so each says percentencode.
func escape(text string) string {
	var out strings.Builder
	end := 0
	for _, at := range variable.FindAllStringIndex(text, -1) {
		out.WriteString(percent(text[end:at[0]]))
		out.WriteString(strings.TrimSuffix(text[at[0]:at[1]], "}") + ":percentencode}")
		end = at[1]
	}
	out.WriteString(percent(text[end:]))
	return out.String()
}

func percent(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func (l Link) model() dashboard.DashboardLink {
	link := *dashboard.NewDashboardLink()
	link.Title, link.Type, link.Url = l.Title, dashboard.DashboardLinkTypeLink, &l.URL
	return link
}

// DataLinks is the value of an override with the id "links", for links of some of a panel's series.
func DataLinks(links ...Link) dashboard.DynamicConfigValue {
	models := make([]dashboard.DashboardLink, 0, len(links))
	for _, link := range links {
		models = append(models, link.model())
	}
	return dashboard.DynamicConfigValue{Id: "links", Value: models}
}
