// Command dashboards writes the dashboards of ../dashboards, or says which of them are not as the code has them.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"quartet/dashboards/services"
)

var all = []func() (dashboard.Dashboard, error){services.Dashboard}

func main() {
	folder := flag.String("out", "../dashboards", "folder of the dashboards")
	flag.Parse()
	if err := write(*folder); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	for _, make := range all {
		name, text, err := render(make)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// The file name of a dashboard, and what is in it.
func render(build func() (dashboard.Dashboard, error)) (string, []byte, error) {
	model, err := build()
	if err != nil {
		return "", nil, err
	}
	if model.Uid == nil {
		return "", nil, errors.New("a dashboard without a uid")
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(model)
	return *model.Uid + ".json", text.Bytes(), err
}
