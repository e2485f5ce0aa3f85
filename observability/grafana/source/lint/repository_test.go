package lint

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The checkout, from this folder.
const root = "../../../.."

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func known(t *testing.T) Names {
	t.Helper()
	names, err := NewNames(
		bytes.NewReader(read(t, "docs/telemetry.md")),
		bytes.NewReader(read(t, "observability/grafana/source/lint/recorded.txt")),
		bytes.NewReader(read(t, "observability/grafana/source/lint/rare.txt")),
	)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func provisioned(t *testing.T) Sources {
	t.Helper()
	sources, problems, err := ReadSources(read(t, "observability/grafana/provisioning/datasources/quartet.yaml"))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return sources
}

// Files of the repository by their path in it.
func files(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	found := map[string][]byte{}
	for _, path := range paths {
		name, _ := filepath.Rel(root, path)
		found[name] = read(t, name)
	}
	return found
}

func none(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}

func TestDashboards(t *testing.T) {
	names, sources := known(t), provisioned(t)
	for path, dashboard := range files(t, "observability/grafana/dashboards/*.json") {
		for _, problem := range names.CheckDashboard(dashboard, sources) {
			t.Errorf("%s: %s", path, problem)
		}
	}
}

func TestSources(t *testing.T) {
	hosts := Set{}
	entries, err := os.ReadDir(filepath.Join(root, "observability"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		hosts[entry.Name()] = entry.IsDir()
	}
	none(t, known(t).CheckSources(provisioned(t), hosts))
}

func TestRules(t *testing.T) {
	names := known(t)
	rules, problems := names.ReadRules(files(t, "observability/vmalert/rules/*.yaml"))
	none(t, append(problems, names.CheckRules(rules, boards(t), provisioned(t), unseen)...))
}

// Rules about what no dashboard shows yet.
var unseen = setOf("observability/vmalert/rules/pipeline.yaml")

func boards(t *testing.T) Boards {
	t.Helper()
	boards := Boards{}
	for path, text := range files(t, "observability/grafana/dashboards/*.json") {
		var board Dashboard
		if err := json.Unmarshal(text, &board); err != nil {
			t.Fatal(path, err)
		}
		there := Board{Set{}, Set{}}
		for _, panel := range board.Panels {
			there.Panels[strconv.Itoa(int(panel.ID))] = true
		}
		for _, variable := range board.Templating.List {
			there.Variables[variable.Name] = true
		}
		boards[board.UID] = there
	}
	return boards
}

var number = regexp.MustCompile(`\b\d+\b`)

// The table of the README names every panel once, and no other.
func TestReadme(t *testing.T) {
	there := boards(t)["services"].Panels
	told := map[string]bool{}
	inTable := false
	for line := range strings.Lines(string(read(t, "observability/grafana/README.md"))) {
		cells := strings.Split(line, "|")
		if inTable = strings.HasPrefix(line, "| panel of") || inTable && len(cells) > 3; !inTable {
			continue
		}
		for _, id := range number.FindAllString(cells[2], -1) {
			if told[id] || !there[id] {
				t.Errorf("panel %s is told twice, or there is none", id)
			}
			told[id] = true
		}
	}
	for id := range there {
		if at, _ := strconv.Atoi(id); at < 1000 && !told[id] {
			t.Errorf("panel %s is not told", id)
		}
	}
}
