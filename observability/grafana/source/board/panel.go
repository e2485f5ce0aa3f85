package board

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Panel is what every panel says, whatever draws it.
type Panel struct {
	// By which alerts and links name it: it never changes.
	ID    uint32
	Title string
	// How to read it, and what to do about it.
	Read string
	// Why it may rightly have no data; shown in its place then.
	Empty string
	// Of 24 columns, and rows of 30 pixels.
	Width, Height uint32
	// Where the data come from.
	From common.DataSourceRef
	Draw cog.Builder[dashboard.Panel]
	Ask  []Query
	// Where a click on a point leads.
	Links []Link
	// Where the arrow in the panel's head leads, if a point cannot be clicked.
	Head []Link
}

// Row is a title above panels, which stand in its order, left to right.
type Row struct {
	Title  string
	Panels []Panel
}

const columns = 24

// Layout gives every panel of the rows its place.
func Layout(rows []Row) ([]dashboard.PanelOrRowPanel, error) {
	var placed []dashboard.PanelOrRowPanel
	var y uint32
	for i, row := range rows {
		head := *dashboard.NewRowPanel()
		head.Title = cog.ToPtr(row.Title)
		head.Id = rowIDs + uint32(i)
		head.GridPos = &dashboard.GridPos{H: 1, W: columns, Y: y}
		placed = append(placed, dashboard.PanelOrRowPanel{RowPanel: &head})
		y++

		var x, tallest uint32
		for _, panel := range row.Panels {
			if x+panel.Width > columns {
				x, y, tallest = 0, y+tallest, 0
			}
			model, err := panel.model()
			if err != nil {
				return nil, fmt.Errorf("panel %d, %q: %w", panel.ID, panel.Title, err)
			}
			model.GridPos = &dashboard.GridPos{X: x, Y: y, W: panel.Width, H: panel.Height}
			placed = append(placed, dashboard.PanelOrRowPanel{Panel: &model})
			x, tallest = x+panel.Width, max(tallest, panel.Height)
		}
		y += tallest
	}
	return placed, nil
}

// Ids of rows begin here, far from those of panels.
const rowIDs = 1000

func (p Panel) model() (dashboard.Panel, error) {
	model, err := p.Draw.Build()
	if err != nil {
		return model, err
	}
	model.Id, model.Title, model.Description = &p.ID, &p.Title, &p.Read
	model.Datasource = &p.From
	for i, query := range p.Ask {
		target, err := query.Build()
		if err != nil {
			return model, err
		}
		model.Targets = append(model.Targets, named(target, string(rune('A'+i))))
	}
	if model.FieldConfig == nil {
		model.FieldConfig = dashboard.NewFieldConfigSource()
	}
	defaults := &model.FieldConfig.Defaults
	if p.Empty != "" {
		defaults.NoValue = &p.Empty
	}
	for _, link := range p.Links {
		defaults.Links = append(defaults.Links, link.model())
	}
	for _, link := range p.Head {
		model.Links = append(model.Links, link.model())
	}
	return model, nil
}
