import { isReached, ratioOf, type Figure } from './figure.ts';

const headings = ['figure', 'measured', 'reference', 'ratio', 'reach', ''] as const;

/** A number for a person: three digits that count, thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size)));
  return value.toLocaleString('en', { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

/** The figures of a scenario as lines of equal columns, with what they are to reach and whether they do. */
export function table(figures: readonly Figure[]): string {
  const rows = [[...headings], ...figures.map(cells)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  // Text stands left, numbers right.
  const pad = (cell: string, column: number) => (column === 1 || column === 3 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!));
  return rows.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd()).join('\n');
}

function cells(figure: Figure): string[] {
  const { name, value, unit, reference, reach } = figure;
  const ratio = ratioOf(figure);
  const reached = isReached(figure);
  const withUnit = (number: number) => `${numberText(number)}${unit && ` ${unit}`}`;
  const bound = reach && ('atLeast' in reach ? `≥ ${numberText(reach.atLeast)}` : `≤ ${numberText(reach.atMost)}`);
  return [
    name,
    withUnit(value),
    reference ? `${withUnit(reference.value)} (${reference.name})` : '',
    ratio === undefined ? '' : numberText(ratio),
    reach ? `${reach.of === 'ratio' ? 'ratio ' : ''}${bound}${reach.of === 'value' && unit ? ` ${unit}` : ''}` : '',
    reached === undefined ? '' : reached ? 'reached' : 'NOT reached',
  ];
}
