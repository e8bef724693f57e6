import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode, BigValueGraphMode, GraphThresholdsStyleMode, LegendDisplayMode, LegendPlacement, ReduceDataOptionsBuilder, SortOrder, StackingConfigBuilder, StackingMode, TooltipDisplayMode,
  GraphThresholdsStyleConfigBuilder, VisibilityMode, VizLegendOptionsBuilder, VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { DashboardLinkBuilder, DashboardLinkType, ThresholdsConfigBuilder, ThresholdsMode, type Panel, type Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** The data source that the reader has chosen. */
export const datasource = { type: 'prometheus', uid: '${datasource}' } as const;

export interface Query {
  readonly expr: string;
  /** What a line is called, such as `{{instance}}`. */
  readonly legend: string;
}

export interface PanelContent {
  readonly title: string;
  /** What it shows, and what is good or bad. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  /** From where on it is orange, and red. The other way round if red is the lower one. */
  readonly limits?: { readonly orange?: number; readonly red: number };
  /** Names of alerts by the page of the runbooks: what to read when it is red. */
  readonly runbook?: `${string}#Webhooks${string}`;
  readonly stacked?: boolean;
  /** The highest value that there can be. */
  readonly max?: number;
}

/** Lines over time. */
export function lines(content: PanelContent): Builder<Panel> {
  const { limits, stacked = false, max } = content;
  const panel = new TimeseriesBuilder()
    .height(8)
    .min(0)
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 8)
    .showPoints(VisibilityMode.Never)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.Table).placement(LegendPlacement.Bottom).showLegend(true).calcs(['lastNotNull', 'max']))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (limits) panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  if (max !== undefined) panel.max(max);
  return filled(panel, content);
}

/** One large figure, or one for each line. */
export function figure(content: PanelContent): Builder<Panel> {
  const panel = new StatBuilder()
    .height(4)
    .colorMode(content.limits ? BigValueColorMode.Value : BigValueColorMode.None)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  return filled(panel, content);
}

function filled<T extends StatBuilder | TimeseriesBuilder>(panel: T, { title, description, unit, queries, width, limits, runbook }: PanelContent): T {
  panel.title(title).description(description).unit(unit).span(width).datasource(datasource).thresholds(thresholds(limits));
  if (runbook) panel.links([new DashboardLinkBuilder(`Runbook: ${runbook.split('#')[1]}`).type(DashboardLinkType.Link).url(`\${runbooks}/${runbook.toLowerCase()}`).targetBlank(true)]);
  queries.forEach(({ expr, legend }, index) => {
    panel.withTarget(new DataqueryBuilder().refId(String.fromCharCode(65 + index)).datasource(datasource).expr(expr).legendFormat(legend).range());
  });
  return panel;
}

function thresholds(limits: PanelContent['limits']): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(limits ? steps(limits) : [{ value: null, color: 'green' }]);
}

function steps({ orange, red }: { readonly orange?: number; readonly red: number }): Threshold[] {
  if (orange === undefined) return [{ value: null, color: 'green' }, { value: red, color: 'red' }];
  if (orange < red) return [{ value: null, color: 'green' }, { value: orange, color: 'orange' }, { value: red, color: 'red' }];
  return [{ value: null, color: 'red' }, { value: red, color: 'orange' }, { value: orange, color: 'green' }];
}

/** Quantiles of a histogram, with labels that it is split by; `selector` in braces, or nothing. */
export function quantiles(histogram: string, { selector = '', by = [], of = [0.5, 0.95, 0.99] }: { selector?: string; by?: readonly string[]; of?: readonly number[] } = {}): Query[] {
  const labels = ['le', ...by].join(', ');
  const suffix = by.map((label) => ` {{${label}}}`).join('');
  return of.map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${labels}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`,
    legend: `p${quantile * 100}${suffix}`,
  }));
}
