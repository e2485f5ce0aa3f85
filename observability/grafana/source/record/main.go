// Command record prints the names of series that a running metrics store holds of programs that are not ours, with
// their labels: what Tempo makes of spans, and what the backends say of themselves.
//
//	just up native && ./load.sh --duration 30 && go run ./record http://127.0.0.1:8428 > lint/recorded.txt
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Every series has them.
var identity = []string{"job", "instance", "service_name", "deployment_environment_name", "project"}

// What vmalert makes, the scraper, Go's own runtime and gRPC's, is of no use here, or known anyway.
const wanted = `{__name__=~"traces_.+"} or {job="backend", __name__!~"(go|process|promhttp|scrape|grpc|up).*"}`

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: record URL")
		os.Exit(2)
	}
	if err := record(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(store string) error {
	client := http.Client{Timeout: 30 * time.Second}
	labels := map[string]map[string]bool{}
	for _, selector := range strings.Split(wanted, " or ") {
		response, err := client.Get(store + "/api/v1/series?" + url.Values{"match[]": {selector}}.Encode())
		if err != nil {
			return err
		}
		var answer struct{ Data []map[string]string }
		err = json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		if err != nil {
			return err
		}
		for _, series := range answer.Data {
			name := series["__name__"]
			if labels[name] == nil {
				labels[name] = map[string]bool{}
			}
			for label := range series {
				if !strings.HasPrefix(label, "__") && !slices.Contains(identity, label) {
					labels[name][label] = true
				}
			}
		}
	}
	if len(labels) == 0 {
		return errors.New("the store holds nothing of other programs")
	}
	fmt.Println("# Written by record/main.go, which says how.")
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		fmt.Println(strings.Join(append([]string{name}, slices.Sorted(maps.Keys(labels[name]))...), " "))
	}
	return nil
}
