/** The columns of a set of rows, with the Postgres type of each. */
export type Columns = Readonly<Record<string, 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'bytea' | 'json'>>;

/**
 * Writes rows as one SQL source of rows, so that a batch takes one statement: `names` for the column list of an INSERT,
 * `source` for its FROM, `parameters` with one array a column, counted from $1.
 */
export function unnest<C extends Columns>(columns: C, rows: readonly Readonly<Record<keyof C, unknown>>[]) {
  const names = Object.keys(columns);
  return {
    names: names.join(', '),
    source: `unnest(${names.map((name, index) => `$${index + 1}::${columns[name]}[]`).join(', ')})`,
    parameters: names.map((name): unknown[] => rows.map((row) => row[name])),
  };
}
