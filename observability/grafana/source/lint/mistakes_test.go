package lint

import (
	"strings"
	"testing"
)

// A mistake: what is replaced in a file of the repository, by what, and what shall be said of it.
type mistake struct{ name, old, new, said string }

func (m mistake) in(t *testing.T, text []byte) []byte {
	t.Helper()
	if !strings.Contains(string(text), m.old) {
		t.Fatalf("there is no %q to replace", m.old)
	}
	return []byte(strings.Replace(string(text), m.old, m.new, 1))
}

func (m mistake) told(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		if strings.Contains(problem, m.said) {
			return
		}
	}
	t.Errorf("nothing is said of %q, but: %q", m.said, problems)
}

func TestMistakesInDashboards(t *testing.T) {
	names, sources := known(t), provisioned(t)
	text := read(t, "observability/grafana/dashboards/services.json")
	for _, m := range []mistake{
		{"a series that nobody exports", "sum by (instance) (http_server_workers{", "sum by (instance) (http_server_threads{", "nobody exports http_server_threads"},
		{"a label that a series has not", `sum by (instance) (http_server_workers`, `sum by (pod) (http_server_workers`, `no label \"pod\" to aggregate by`},
		{"a matcher of such a label", `http_server_workers{service_name=`, `http_server_workers{pod=\"a\", service_name=`, `no label \"pod\" of http_server_workers`},
		{"a query that is none", "sum by (instance) (http_server_workers{", "sum by instance) (http_server_workers{", "unexpected"},
		{"a quantile of what is no histogram", "rate(http_server_request_duration_seconds_bucket{service_name=\\\"$service\\\", deployment_environment_name=\\\"$environment\\\", project=~\\\"$project\\\", http_request_method=~\\\"$method\\\", http_route=~\\\"$route\\\"}[", "rate(http_server_request_duration_seconds_count{service_name=\\\"$service\\\", deployment_environment_name=\\\"$environment\\\", project=~\\\"$project\\\", http_request_method=~\\\"$method\\\", http_route=~\\\"$route\\\"}[", `no label "le"`},
		{"a service that is fixed", `http_server_workers{service_name=\"$service\"`, `http_server_workers{service_name=\"api\"`, `service_name is fixed to \"api\"`},
		{"a service that is fixed in LogQL", `count_over_time({service_name=\"$service\"`, `count_over_time({service_name=\"api\"`, `service_name is fixed to \"api\"`},
		{"a service that is fixed in TraceQL", `{ resource.service.name = \"${service}\"`, `{ resource.service.name = \"api\"`, `service.name is fixed to \"api\"`},
		{"a variable that is missing", `"name": "project"`, `"name": "projects"`, "there is no variable project"},
		{"a variable of a label that is missing", "label_values(target_info, deployment", "label_values(target_info, deplyoment", `no label "deplyoment_environment_name"`},
		{"a label of lines that is missing", "sum by (level) (count_over_time", "sum by (detected_level) (count_over_time", "no label of lines is called detected_level"},
		{"an attribute of spans that is missing", `by (span.http.route)`, `by (span.http.target)`, "no attribute of a span is called http.target"},
		{"an attribute of resources that is missing", `resource.deployment.environment.name = \"${environment}\"`, `resource.deployment.environment = \"${environment}\"`, "no attribute of a resource is called deployment.environment"},
		{"exemplars of another series", "max_over_time(duration) by", "quantile_over_time(duration, .99) by", "the same exemplars on every series"},
		{"a label of profiles that is missing", `"labelSelector": "{service_name=`, `"labelSelector": "{service=`, "no label of profiles is called service"},
		{"a variable where Grafana puts none", `"labelSelector": "{`, `"spanSelector": ["$span_id"], "labelSelector": "{`, "puts no variable into a span selector"},
		{"a data source that is missing", `"uid": "traces"`, `"uid": "tempo"`, `no data source "tempo" of type "tempo"`},
		{"a panel without a unit", `"unit": "percentunit",`, ``, "no unit"},
		{"a panel that is not explained", `"description": "How content users`, `"description": "Apdex", "x": "`, "does not say how to read it"},
		{"two panels of one id", `"id": 2,`, `"id": 1,`, "the id is another panel's too"},
		{"two panels in one place", `"x": 6,`, `"x": 0,`, "lies over panel 1"},
		{"a link that is not encoded", `${__field.labels.http_route:percentencode}`, `${__field.labels.http_route}`, "is not encoded for a URL"},
		{"a link by a label that the series has not", `${__field.labels.http_route:percentencode}`, `${__field.labels.http_target:percentencode}`, `series of query A have no label "http_target"`},
		{"a link by a variable that is missing", `%22${service:percentencode}`, `%22${svc:percentencode}`, "there is no variable svc"},
		{"a link to nowhere", `/explore?schemaVersion=1`, `/d/servces?schemaVersion=1`, "leads to /d/servces"},
		{"a link that breaks in the middle", `panes=%7B`, `panes=%7B%7B`, "its panes cannot be read"},
		{"a link that searches for what no span has", `span.http.response.status_code%20%3E%3D%20500`, `span.http.status_code%20%3E%3D%20500`, "no attribute of a span is called http.status_code"},
	} {
		t.Run(m.name, func(t *testing.T) {
			m.said = strings.ReplaceAll(m.said, `\"`, `"`)
			m.told(t, names.CheckDashboard(m.in(t, text), sources))
		})
	}
}

// A panel whose links are all taken away.
func TestDeadEnd(t *testing.T) {
	text := strings.ReplaceAll(string(read(t, "observability/grafana/dashboards/services.json")), `"links": [`, `"dead": [`)
	text = strings.ReplaceAll(text, `"id": "links"`, `"id": "dead"`)
	mistake{said: "leads nowhere"}.told(t, known(t).CheckDashboard([]byte(text), provisioned(t)))
}

func TestMistakesInSources(t *testing.T) {
	names := known(t)
	hosts := setOf("victoriametrics", "loki", "tempo", "pyroscope", "alertmanager")
	text := read(t, "observability/grafana/provisioning/datasources/quartet.yaml")
	for _, m := range []mistake{
		{"a dollar too few", "url: $${__value.raw}", "url: ${__value.raw}", "is taken from the environment"},
		{"one in a query", "[$$__rate_interval]", "[$__rate_interval]", "is taken from the environment"},
		{"a key that Grafana does not read", "tracesToProfiles:", "tracesToProfilesV2:", "Grafana does not read tracesToProfilesV2"},
		{"a link to a source that is missing", "datasourceUid: logs", "datasourceUid: loki", `datasourceUid "loki" is no data source of type loki`},
		{"a link to a source of another type", "datasourceUid: profiles", "datasourceUid: metrics", "is no data source of type grafana-pyroscope-datasource"},
		{"a host that is none", "http://loki:3100", "http://127.0.0.1:3100", "is no service of ours"},
		{"a derived field that is misspelt", "^trace$$", "^traec$$", "shall match one key of lines"},
		{"a derived field that matches more", "^trace$$", "trace", "shall match one key of lines"},
		{"a derived field of the text", "matcherType: label", "matcherType: regex", "not in the text"},
		{"a tag that no span has", "{ key: service.name, value: service_name }", "{ key: service, value: service_name }", `no span has "service"`},
		{"a tag that lines do not have", "{ key: service.name, value: service_name }", "{ key: service.name, value: service }", `"service" is no label there`},
		{"a tag that series do not have", "{ key: http.route, value: http_route }", "{ key: http.route, value: route }", `no label "route" of http_server_request_duration_seconds_count`},
		{"a query of the whole store", "_count{$${__tags}}[$$__rate_interval]))\n          - name: Share", "_count[$$__rate_interval]))\n          - name: Share", "is not of the span's service"},
		{"lines of every trace", ` | trace_id="$${__span.traceId}"`, ``, "is not of the span's service and trace"},
		{"a query that Grafana does not read", "customQuery: true", "customQuery: false", "is not of the span's service and trace"},
		{"metadata that lines do not have", "| trace_id=", "| traceid=", "no field of lines is called traceid"},
		{"two of one uid", "uid: logs", "uid: metrics", "no uid of its own"},
	} {
		t.Run(m.name, func(t *testing.T) {
			sources, problems, err := ReadSources(m.in(t, text))
			if err != nil {
				t.Fatal(err)
			}
			m.told(t, append(problems, names.CheckSources(sources, hosts)...))
		})
	}
}

func TestMistakesInRules(t *testing.T) {
	const path = "observability/vmalert/rules/services.yaml"
	for _, m := range []mistake{
		{"a series that nobody exports", "max_over_time(up{", "max_over_time(ups{", "nobody exports ups"},
		{"a label that a series has not", "sum by (service_name,", "sum by (service,", `no label "service" to aggregate by`},
		{"a recording that nobody makes", "record: service:http_server_answers:rate", "record: service:http_server_answer:rate", "nobody exports service:http_server_answers:rate"},
		{"one of several series that nobody exports", "max_over_time(up{", "max_over_time({__name__=~\"up|u(p|q)s\", ", "nobody exports uqs"},
		{"any series", "max_over_time(up{", "max_over_time({__name__=~\"up.*\", ", "may be any series"},
		{"a dashboard that is missing", "/d/services?", "/d/servces?", `there is no dashboard "servces"`},
		{"a panel that is missing", "viewPanel=2", "viewPanel=999", "dashboard services has no panel 999"},
		{"a variable that is missing", "&var-environment=", "&var-env=", "dashboard services has no variable env"},
		{"a variable that is fixed", "var-service={{ $labels.service_name | queryEscape }}", "var-service=api", `service is fixed to "api"`},
		{"an alert without a dashboard", "dashboard_url:", "dashboard:", "leads to no dashboard"},
		{"a search of a source that is missing", "%22uid%22%3A%22traces%22", "%22uid%22%3A%22tempo%22", `no data source "tempo"`},
		{"a search for what no span has", "span.http.response.status_code", "span.http.status_code", "no attribute of a span is called http.status_code"},
		{"an address of its own", "%{GRAFANA_URL}/d", "http://localhost:3000/d", "does not begin with GRAFANA_URL"},
		{"an alert that says nothing", "summary:", "summry:", "no summary"},
	} {
		t.Run(m.name, func(t *testing.T) {
			names := known(t)
			rules, problems := names.ReadRules(map[string][]byte{path: m.in(t, read(t, path))})
			m.told(t, append(problems, names.CheckRules(rules, boards(t), provisioned(t), Set{})...))
		})
	}
}
