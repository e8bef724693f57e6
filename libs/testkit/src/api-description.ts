/** As much of an OpenAPI document as it takes to make one of two. */
interface OpenApi {
  readonly info: object;
  readonly paths: object;
  readonly components: Readonly<Record<string, object>>;
}

/** The OpenAPI documents of several services as one, as the single origin shows it. */
export async function describeApis(services: readonly string[]): Promise<object> {
  return merged(await Promise.all(services.map(describe)));
}

async function describe(service: string): Promise<OpenApi> {
  return (await (await fetch(`${service}/openapi.json`)).json()) as OpenApi;
}

function merged(documents: readonly OpenApi[]): OpenApi {
  const kinds = new Set(documents.flatMap(({ components }) => Object.keys(components)));
  return {
    ...(documents[0] as OpenApi),
    info: { title: 'CE Pro Webhooks', version: '1' },
    paths: Object.assign({}, ...documents.map(({ paths }) => paths)) as object,
    components: Object.fromEntries([...kinds].map((kind) => [kind, Object.assign({}, ...documents.map(({ components }) => components[kind] ?? {})) as object])),
  };
}
