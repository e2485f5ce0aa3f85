// Package lint says what is wrong with dashboards, rules and data sources, before anybody looks at an empty panel:
// names that nobody exports, labels that a series does not have, links to what does not exist.
package lint

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Set of names.
type Set map[string]bool

func setOf(names ...string) Set {
	set := make(Set, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (s Set) plus(other Set) Set {
	union := maps.Clone(s)
	if union == nil {
		union = Set{}
	}
	maps.Copy(union, other)
	return union
}

func (s Set) String() string {
	return strings.Join(slices.Sorted(maps.Keys(s)), ", ")
}

// What every series has besides: from whom it was scraped, and the one identity of all signals.
var identity = setOf("job", "instance", "service_name", "deployment_environment_name", "project")

// Names that exist, by whom they are known.
type Names struct {
	// Series of the metrics store, with the labels that each can have.
	Series map[string]Set
	// Attributes of spans, and of the resources they are of.
	SpanAttributes, ResourceAttributes Set
	// Labels of streams of lines, what lines carry beside their text, and the fields in it.
	LineLabels, LineMetadata, LineFields Set
	// Labels of profiles.
	ProfileLabels Set
}

// NewNames knows what docs/telemetry.md says, what was recorded of other programs and what they have only in trouble, and
// what the store makes itself.
func NewNames(contract io.Reader, others ...io.Reader) (Names, error) {
	names := Names{
		Series:             map[string]Set{},
		SpanAttributes:     Set{},
		ResourceAttributes: Set{},
		LineLabels:         setOf("service_name", "deployment_environment_name", "project", "level"),
		LineMetadata:       setOf("trace", "trace_id", "span_id", "request_id"),
		LineFields:         Set{},
		ProfileLabels:      Set{},
	}
	if err := names.readContract(contract); err != nil {
		return names, err
	}
	for _, recorded := range others {
		if err := names.readRecorded(recorded); err != nil {
			return names, err
		}
	}
	// The scraper's own, and vmalert's.
	for _, name := range []string{"up", "scrape_duration_seconds", "scrape_samples_scraped"} {
		names.Series[name] = identity
	}
	names.Series["ALERTS"] = identity.plus(setOf("alertname", "alertstate", "alertgroup", "severity"))
	return names, nil
}

var (
	quoted      = regexp.MustCompile("`([^`]+)`")
	parentheses = regexp.MustCompile(`\([^()]*\)`)
)

// Reads the tables of docs/telemetry.md, each known by its first heading.
func (n Names) readContract(contract io.Reader) error {
	table := ""
	lines := bufio.NewScanner(contract)
	for lines.Scan() {
		cells := strings.Split(strings.Trim(lines.Text(), "| "), "|")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		if !strings.HasPrefix(lines.Text(), "|") {
			if strings.HasPrefix(lines.Text(), "The resource is ") {
				maps.Copy(n.ResourceAttributes, quotedNames(lines.Text()))
				n.resource()
			}
			table = ""
			continue
		}
		if table == "" {
			table = cells[0]
			continue
		}
		n.row(table, cells)
	}
	for what, number := range map[string]int{
		"metrics": len(n.Series), "attributes of spans": len(n.SpanAttributes), "attributes of resources": len(n.ResourceAttributes),
		"fields of lines": len(n.LineFields), "labels of profiles": len(n.ProfileLabels),
	} {
		if number == 0 {
			return fmt.Errorf("the contract names no %s", what)
		}
	}
	return lines.Err()
}

func (n Names) row(table string, cells []string) {
	switch {
	case table == "family" && len(cells) > 4:
		// The names in parentheses are values.
		labels := quotedNames(parentheses.ReplaceAllString(cells[3], "")).plus(identity)
		for family := range quotedNames(cells[0]) {
			n.family(family, cells[1], labels)
		}
	case strings.HasPrefix(table, "attribute"):
		for name := range quotedNames(cells[0]) {
			n.SpanAttributes[name] = true
		}
	case table == "field":
		for name := range quotedNames(cells[0]) {
			// As LogQL's logfmt names it.
			n.LineFields[strings.ReplaceAll(name, ".", "_")] = true
		}
	case table == "label":
		for name := range quotedNames(cells[0]) {
			n.ProfileLabels[name] = true
		}
	}
}

// The words in backquotes.
func quotedNames(cell string) Set {
	set := Set{}
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		set[match[1]] = true
	}
	return set
}

// The series of a family, as its type has them.
func (n Names) family(family, kind string, labels Set) {
	switch kind {
	case "counter":
		n.Series[family+"_total"] = labels
	case "histogram":
		n.Series[family+"_bucket"] = labels.plus(setOf("le"))
		n.Series[family+"_sum"] = labels
		n.Series[family+"_count"] = labels
	case "info":
		n.Series[family+"_info"] = labels
	default:
		n.Series[family] = labels
	}
}

// target_info carries the resource; what OTEL_RESOURCE_ATTRIBUTES says is in it too.
func (n Names) resource() {
	n.ResourceAttributes["project"] = true
	if info, ok := n.Series["target_info"]; ok {
		for name := range n.ResourceAttributes {
			info[strings.ReplaceAll(name, ".", "_")] = true
		}
	}
}

// Reads lines of a series' name and its labels, parted by spaces.
func (n Names) readRecorded(recorded io.Reader) error {
	lines := bufio.NewScanner(recorded)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if _, ours := n.Series[words[0]]; ours {
			continue
		}
		n.Series[words[0]] = identity.plus(setOf(words[1:]...))
	}
	return lines.Err()
}
