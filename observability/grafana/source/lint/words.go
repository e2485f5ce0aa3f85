package lint

import (
	"fmt"
	"regexp"
	"strings"
)

// LogQL and TraceQL have parsers too, but of the size of their databases: whether these queries parse is seen when
// `quartet verify --panels` asks the real ones. Here their names are looked up.

var (
	literals   = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")
	selector   = regexp.MustCompile(`\{([^{}]*)\}`)
	matcher    = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*""`)
	comparison = regexp.MustCompile(`\|\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:=~|!~|!=|>=|<=|==|=|>|<)`)
	grouping   = regexp.MustCompile(`\b(?:by|without)\s*\(([^)]*)\)`)
	attribute  = regexp.MustCompile(`\b(span|resource)\.([a-z_]+(?:\.[a-z_]+)*)`)
	shared     = regexp.MustCompile(`quantile_over_time\([^)]*\)\s*by`)
	fixed      = regexp.MustCompile(`\b(service_name|service\.name)\s*(?:=~|=)\s*"([^"$]*)"`)
)

// LogQL says which names of a query no line has.
func (n Names) LogQL(query string) []string {
	problems := fixedService(query)
	// What is quoted may look like anything.
	bare := literals.ReplaceAllString(query, `""`)
	selectors := selector.FindAllStringSubmatch(bare, -1)
	if len(selectors) == 0 {
		return append(problems, "no stream is selected")
	}
	for _, found := range selectors {
		problems = append(problems, missing("label of lines", n.LineLabels, firsts(matcher, found[1]))...)
	}
	known := n.LineLabels.plus(n.LineMetadata)
	if strings.Contains(bare, "| logfmt") {
		known = known.plus(n.LineFields)
	}
	problems = append(problems, missing("field of lines", known, firsts(comparison, bare))...)
	return append(problems, missing("label of lines", known, groups(bare))...)
}

// TraceQL says which attributes of a query no span has.
func (n Names) TraceQL(query string) []string {
	problems := fixedService(query)
	if !strings.Contains(query, "{") {
		return append(problems, "no spans are selected")
	}
	if shared.MatchString(query) {
		problems = append(problems, "Tempo hangs the same exemplars on every series of a quantile: take max_over_time")
	}
	for _, found := range attribute.FindAllStringSubmatch(literals.ReplaceAllString(query, `""`), -1) {
		known := n.SpanAttributes
		if found[1] == "resource" {
			known = n.ResourceAttributes
		}
		problems = append(problems, missing("attribute of a "+found[1], known, []string{found[2]})...)
	}
	return problems
}

// Profile says which labels of a selector no profile has.
func (n Names) Profile(query string) []string {
	found := selector.FindStringSubmatch(literals.ReplaceAllString(query, `""`))
	if found == nil {
		return []string{"no profiles are selected"}
	}
	return append(fixedService(query), missing("label of profiles", n.ProfileLabels, firsts(matcher, found[1]))...)
}

func fixedService(query string) []string {
	var problems []string
	for _, found := range fixed.FindAllStringSubmatch(query, -1) {
		problems = append(problems, fmt.Sprintf("%s is fixed to %q: choose it by a variable", found[1], found[2]))
	}
	return problems
}

func firsts(pattern *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

func groups(text string) []string {
	var found []string
	for _, list := range firsts(grouping, text) {
		for _, name := range strings.Split(list, ",") {
			found = append(found, strings.TrimSpace(name))
		}
	}
	return found
}

func missing(what string, known Set, wanted []string) []string {
	var problems []string
	for _, name := range wanted {
		if !known[name] {
			problems = append(problems, fmt.Sprintf("no %s is called %s", what, name))
		}
	}
	return problems
}
