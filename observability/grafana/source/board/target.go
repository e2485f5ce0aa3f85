package board

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/grafanapyroscope"
	"github.com/grafana/grafana-foundation-sdk/go/loki"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/tempo"
)

// Names a query by its place in the panel. The kinds have nothing in common but that they have this name.
func named(query variants.Dataquery, refID string) variants.Dataquery {
	switch query := query.(type) {
	case prometheus.Dataquery:
		query.RefId = &refID
		return query
	case loki.Dataquery:
		query.RefId = &refID
		return query
	case tempo.Dataquery:
		query.RefId = &refID
		return query
	case grafanapyroscope.Dataquery:
		query.RefId = &refID
		return query
	}
	return query
}
