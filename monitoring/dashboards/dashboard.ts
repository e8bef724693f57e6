import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  ConstantVariableBuilder, DashboardBuilder, DashboardCursorSync, DashboardLinkBuilder, DashboardLinkType, DatasourceVariableBuilder, QueryVariableBuilder, RowBuilder, VariableRefresh, VariableSort,
  type Dashboard, type Panel, type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { datasource } from './panels.ts';

/** Where the runbooks are read: the one thing in here that is yours to fill in. */
const runbooksUrl = 'https://git.example.com/cepro/webhooks/blob/main/docs/runbooks';

const tag = 'cepro-webhooks';

export interface Row {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

export interface DashboardContent {
  /** By which Grafana knows it, whatever it is called. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables?: readonly Builder<VariableModel>[];
  readonly rows: readonly Row[];
}

/** Puts a dashboard together: its rows from the top, what all have in common around them. */
export function dashboard({ uid, title, description, variables = [], rows }: DashboardContent): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder('Others').type(DashboardLinkType.Dashboards).tags([tag]).keepTime(true).asDropdown(false))
    .link(new DashboardLinkBuilder('Runbooks').type(DashboardLinkType.Link).url('${runbooks}/README.md').targetBlank(true))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(new ConstantVariableBuilder('runbooks').value(runbooksUrl));
  for (const variable of variables) builder.withVariable(variable);
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // Numbers of their own, as links to single panels need them to stay.
  built.panels?.forEach((panel, index) => { panel.id = index + 1; });
  return built;
}

/** A choice among the values of a label, several at once, all of them at first. */
export function choice(name: string, label: string, query: string): Builder<VariableModel> {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
