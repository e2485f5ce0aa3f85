package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Source of data that Grafana is provisioned with.
type Source struct {
	Name, UID, Type, URL string
	JSON                 map[string]any
}

// Sources by uid.
type Sources map[string]Source

// Variables that whoever starts Grafana sets, or may leave empty.
var variables = setOf("SCRAPE_INTERVAL")

// What Grafana 12.4 reads of jsonData, as far as these files use it. It says nothing of a key that it does not know.
var settings = map[string]Set{
	"prometheus":                   setOf("httpMethod", "prometheusType", "prometheusVersion", "timeInterval", "manageAlerts", "alertmanagerUid"),
	"loki":                         setOf("maxLines", "manageAlerts", "derivedFields"),
	"tempo":                        setOf("tracesToLogsV2", "tracesToMetrics", "tracesToProfiles", "serviceMap", "nodeGraph", "traceQuery"),
	"grafana-pyroscope-datasource": setOf("minStep"),
	"alertmanager":                 setOf("implementation", "handleGrafanaManagedAlerts"),
}

var expansion = regexp.MustCompile(`\$\{?\w*`)

// ReadSources reads a provisioning file as Grafana does: `$NAME` from the environment, `$$` a dollar.
func ReadSources(file []byte) (Sources, []string, error) {
	var problems []string
	var read struct {
		Datasources []struct {
			Name, UID, Type, URL string
			JSONData             map[string]any `yaml:"jsonData"`
		}
	}
	if err := yaml.Unmarshal(file, &read); err != nil {
		return nil, nil, err
	}
	sources := Sources{}
	for _, source := range read.Datasources {
		if _, twice := sources[source.UID]; twice || source.UID == "" {
			problems = append(problems, fmt.Sprintf("%s: no uid of its own", source.Name))
		}
		json := interpolated(source.JSONData, func(text string) string {
			value, unset := interpolate(text)
			for _, name := range unset {
				problems = append(problems, fmt.Sprintf("%s: %s is taken from the environment, and will be empty: write $$", source.Name, name))
			}
			return value
		}).(map[string]any)
		sources[source.UID] = Source{source.Name, source.UID, source.Type, source.URL, json}
	}
	return sources, problems, nil
}

// Grafana splits at every $$ and expands what lies between.
func interpolate(text string) (string, []string) {
	var unset []string
	parts := strings.Split(text, "$$")
	for i, part := range parts {
		parts[i] = expansion.ReplaceAllStringFunc(part, func(found string) string {
			if name := strings.Trim(found, "${"); !variables[name] {
				unset = append(unset, found)
			}
			return ""
		})
	}
	return strings.Join(parts, "$"), unset
}

func interpolated(value any, expand func(string) string) any {
	switch value := value.(type) {
	case string:
		return expand(value)
	case map[string]any:
		out := make(map[string]any, len(value))
		for key, inner := range value {
			out[key] = interpolated(inner, expand)
		}
		return out
	case []any:
		out := make([]any, 0, len(value))
		for _, inner := range value {
			out = append(out, interpolated(inner, expand))
		}
		return out
	}
	return value
}

// CheckSources says what is wrong with the links between data sources. Hosts are the services of compose, each with
// a folder of its name.
func (n Names) CheckSources(sources Sources, hosts Set) []string {
	var problems []string
	wrong := func(source Source, format string, arguments ...any) {
		problems = append(problems, source.Name+": "+fmt.Sprintf(format, arguments...))
	}
	for _, source := range sources {
		known, ok := settings[source.Type]
		if !ok {
			wrong(source, "no such type of data source here: %s", source.Type)
			continue
		}
		for key := range source.JSON {
			if !known[key] {
				wrong(source, "Grafana does not read %s", key)
			}
		}
		host, _, _ := strings.Cut(strings.TrimPrefix(source.URL, "http://"), ":")
		if !hosts[host] {
			wrong(source, "%s is no service of ours", source.URL)
		}
		link := func(at any, key, kind string) {
			uid, _ := field(at, key).(string)
			if target, exists := sources[uid]; !exists || target.Type != kind {
				wrong(source, "%s %q is no data source of type %s", key, uid, kind)
			}
		}
		switch source.Type {
		case "prometheus":
			link(source.JSON, "alertmanagerUid", "alertmanager")
		case "loki":
			for _, derived := range list(source.JSON["derivedFields"]) {
				link(derived, "datasourceUid", "tempo")
				n.checkDerived(derived, func(format string, arguments ...any) { wrong(source, format, arguments...) })
			}
		case "tempo":
			link(source.JSON["tracesToLogsV2"], "datasourceUid", "loki")
			link(source.JSON["tracesToMetrics"], "datasourceUid", "prometheus")
			link(source.JSON["tracesToProfiles"], "datasourceUid", "grafana-pyroscope-datasource")
			link(source.JSON["serviceMap"], "datasourceUid", "prometheus")
			n.checkTempo(source, func(format string, arguments ...any) { wrong(source, format, arguments...) })
		}
	}
	slices.Sort(problems)
	return problems
}

func (n Names) checkDerived(derived any, wrong func(string, ...any)) {
	expression, _ := field(derived, "matcherRegex").(string)
	matches, err := regexp.Compile(expression)
	switch {
	case err != nil:
		wrong("derived field: %v", err)
	case field(derived, "matcherType") != "label":
		wrong("derived field: a regular expression over lines misses ids that are not in the text")
	default:
		var found []string
		for key := range n.LineMetadata.plus(n.LineLabels) {
			if matches.MatchString(key) {
				found = append(found, key)
			}
		}
		if len(found) != 1 || matches.MatchString("x"+found[0]) {
			wrong("derived field: %s shall match one key of lines and no other", expression)
		}
	}
	if field(derived, "url") != "${__value.raw}" {
		wrong("derived field: %q does not hand the id on", field(derived, "url"))
	}
}

func (n Names) checkTempo(source Source, wrong func(string, ...any)) {
	known := n.SpanAttributes.plus(n.ResourceAttributes)
	selector := func(setting string, labels Set) string {
		var matchers []string
		for _, tag := range list(field(source.JSON[setting], "tags")) {
			key, _ := field(tag, "key").(string)
			label, _ := field(tag, "value").(string)
			if !known[key] {
				wrong("%s: no span has %q", setting, key)
			}
			if labels != nil && !labels[label] {
				wrong("%s: %q is no label there; there are: %s", setting, label, labels)
			}
			matchers = append(matchers, label+`="$tag"`)
		}
		if len(matchers) == 0 {
			wrong("%s: without tags Grafana takes its own, and labels that we do not have", setting)
		}
		return strings.Join(matchers, ", ")
	}
	lines := selector("tracesToLogsV2", n.LineLabels)
	query, _ := field(source.JSON["tracesToLogsV2"], "query").(string)
	if field(source.JSON["tracesToLogsV2"], "customQuery") != true || !strings.Contains(query, "${__tags}") || !strings.Contains(query, "${__span.traceId}") {
		wrong("tracesToLogsV2: %q is not of the span's service and trace", query)
	}
	for _, problem := range n.LogQL(strings.NewReplacer("${__tags}", lines, "${__span.traceId}", "$id").Replace(query)) {
		wrong("tracesToLogsV2: %s", problem)
	}
	selector("tracesToProfiles", n.ProfileLabels)
	tags := selector("tracesToMetrics", nil)
	queries := list(field(source.JSON["tracesToMetrics"], "queries"))
	if len(queries) == 0 {
		wrong("tracesToMetrics: no queries")
	}
	for _, entry := range queries {
		query, _ := field(entry, "query").(string)
		if !strings.Contains(query, "${__tags}") {
			wrong("tracesToMetrics: %v is not of the span's service", field(entry, "name"))
		}
		_, found := n.PromQL(strings.ReplaceAll(query, "${__tags}", tags))
		for _, problem := range found {
			wrong("tracesToMetrics, %v: %s", field(entry, "name"), problem)
		}
	}
}

func field(value any, key string) any {
	fields, _ := value.(map[string]any)
	return fields[key]
}

func list(value any) []any {
	entries, _ := value.([]any)
	return entries
}
