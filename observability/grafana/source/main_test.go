package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
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
