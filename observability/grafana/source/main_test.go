package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

const folder = "../dashboards"

// What is committed is what the code makes, and nothing else lies beside it.
func TestCommitted(t *testing.T) {
	made := map[string]bool{}
	for _, build := range all {
		name, text, err := render(build)
		if err != nil {
			t.Fatal(err)
		}
		made[name] = true
		committed, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(text, committed) {
			t.Errorf("%s is not as the code has it: run `just dashboards`", name)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !made[entry.Name()] {
			t.Errorf("%s is made by no code", entry.Name())
		}
	}
}

// Grafana says nothing of a field that it does not know; its schema, as the SDK has it, does.
func TestSchema(t *testing.T) {
	plugins.RegisterDefaultPlugins()
	for _, build := range all {
		name, text, err := render(build)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range []struct {
			old, new string
			refused  bool
		}{
			{"", "", false},
			{`"gridPos": {`, `"gridPosition": {`, true},
			{`"reduceOptions": {`, `"reduce": {`, true},
			{`"expr":`, `"expression":`, true},
		} {
			changed := bytes.Replace(text, []byte(broken.old), []byte(broken.new), 1)
			var read dashboard.Dashboard
			// The SDK's list of errors is there also when it is empty.
			if err := read.UnmarshalJSONStrict(changed); (err != nil && err.Error() != "") != broken.refused {
				t.Errorf("%s with %q: %v", name, broken.new, err)
			}
		}
	}
}
