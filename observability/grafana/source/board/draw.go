package board

import (
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/gauge"
	"github.com/grafana/grafana-foundation-sdk/go/logs"
	"github.com/grafana/grafana-foundation-sdk/go/nodegraph"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// Step is a value from which on a colour holds.
type Step struct {
	From  float64
	Color string
}

// Steps colours values: base below the first step.
func Steps(base string, steps ...Step) cog.Builder[dashboard.ThresholdsConfig] {
	all := []dashboard.Threshold{{Color: base}}
	for _, step := range steps {
		all = append(all, dashboard.Threshold{Value: cog.ToPtr(step.From), Color: step.Color})
	}
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(all)
}

func colored(mode dashboard.FieldColorModeId) cog.Builder[dashboard.FieldColor] {
	return dashboard.NewFieldColorBuilder().Mode(mode)
}

// Lines over time. A name keeps its colour in every panel, and pieces of one line, each with labels of its own, share it.
func Lines(unit string) *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().
		Unit(unit).
		Min(0).
		ColorScheme(colored(dashboard.FieldColorModeIdPaletteClassicByName)).
		LineWidth(1).
		FillOpacity(8).
		ShowPoints(common.VisibilityModeAuto).
		Legend(common.NewVizLegendOptionsBuilder().
			DisplayMode(common.LegendDisplayModeList).
			Placement(common.LegendPlacementBottom).
			ShowLegend(true)).
		Tooltip(common.NewVizTooltipOptionsBuilder().
			Mode(common.TooltipDisplayModeMulti).
			Sort(common.SortOrderDescending))
}

// Broken is Lines of which each may be in pieces, one for each label it had: the legend would name each piece, so the
// name stands at the point alone.
func Broken(unit string) *timeseries.PanelBuilder {
	return Lines(unit).Legend(common.NewVizLegendOptionsBuilder().
		DisplayMode(common.LegendDisplayModeList).
		Placement(common.LegendPlacementBottom).
		ShowLegend(false))
}

// Stacked is Lines whose sum means something.
func Stacked(unit string) *timeseries.PanelBuilder {
	return Lines(unit).
		FillOpacity(40).
		Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
}

// Bars over time, stacked: how many of each kind.
func Bars(unit string) *timeseries.PanelBuilder {
	return Stacked(unit).DrawStyle(common.GraphDrawStyleBars).FillOpacity(80).LineWidth(0)
}

// Number is one value, and its way there.
func Number(unit string, steps cog.Builder[dashboard.ThresholdsConfig]) *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Unit(unit).
		Thresholds(steps).
		ColorScheme(colored(dashboard.FieldColorModeIdThresholds)).
		GraphMode(common.BigValueGraphModeArea).
		ColorMode(common.BigValueColorModeValue).
		ReduceOptions(last())
}

// Dial is one value between bounds.
func Dial(unit string, low, high float64, steps cog.Builder[dashboard.ThresholdsConfig]) *gauge.PanelBuilder {
	return gauge.NewPanelBuilder().
		Unit(unit).
		Min(low).
		Max(high).
		Thresholds(steps).
		ColorScheme(colored(dashboard.FieldColorModeIdThresholds)).
		ReduceOptions(last())
}

// Ranking is one bar per series.
func Ranking(unit string, steps cog.Builder[dashboard.ThresholdsConfig]) *bargauge.PanelBuilder {
	return bargauge.NewPanelBuilder().
		Unit(unit).
		Min(0).
		Thresholds(steps).
		ColorScheme(colored(dashboard.FieldColorModeIdThresholds)).
		Orientation(common.VizOrientationHorizontal).
		DisplayMode(common.BarGaugeDisplayModeBasic).
		ReduceOptions(last())
}

func last() cog.Builder[common.ReduceDataOptions] {
	return common.NewReduceDataOptionsBuilder().Values(false).Calcs([]string{"lastNotNull"})
}

// Table shows what a search found.
func Table() *table.PanelBuilder {
	return table.NewPanelBuilder().
		ShowHeader(true).
		Footer(common.NewTableFooterOptionsBuilder().Show(false).Reducer([]string{}))
}

// Map shows who calls whom.
func Map() *nodegraph.PanelBuilder {
	return nodegraph.NewPanelBuilder()
}

// Stream shows lines, the newest first; one opens on a click, with its fields and links.
func Stream() *logs.PanelBuilder {
	return logs.NewPanelBuilder().
		ShowTime(true).
		WrapLogMessage(true).
		EnableLogDetails(true).
		SortOrder(common.LogsSortOrderDescending).
		DedupStrategy(common.LogsDedupStrategyNone)
}

// Flames shows where CPU time went. The SDK has no type for it: it has no options.
func Flames() *dashboard.PanelBuilder {
	return dashboard.NewPanelBuilder().Type("flamegraph")
}
