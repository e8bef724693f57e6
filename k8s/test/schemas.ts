import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from './manifests.ts';

// The compiler's own module is CommonJS, and large: required, it is loaded once and as it is.
const ts = createRequire(import.meta.url)('typescript') as typeof import('typescript');

const packages: readonly { readonly group: RegExp; readonly name: string }[] = [
  { group: /^keda\.sh\//, name: '@kubernetes-models/keda' },
  { group: /^monitoring\.coreos\.com\//, name: '@kubernetes-models/prometheus-operator' },
  { group: /^([a-z.]+\.k8s\.io\/|apps\/|autoscaling\/|batch\/|policy\/)?v\d\w*$/, name: 'kubernetes-models' },
];

/** The module of the models that describes a kind, such as `kubernetes-models/apps/v1/Deployment`. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const owner = packages.find(({ group }) => group.test(apiVersion));
  if (!owner) throw new Error(`nobody knows ${apiVersion}`);
  return `${owner.name}/${apiVersion}/${kind}`;
}

interface Model { validate(): void }

/**
 * What is wrong with objects, by the schemas of Kubernetes, KEDA and the Prometheus operator. Two halves, as neither sees all: the
 * schemas' validators know what is required, patterns and ranges, and let pass what is unknown; the types that were generated from
 * the same schemas know every field, so that the compiler refuses one that is misspelt.
 */
export async function faultsOf(manifests: readonly Manifest[]): Promise<string[]> {
  const known = await Promise.all(manifests.map(async (manifest) => ({ manifest, fault: await byValidator(manifest) })));
  return [...known.flatMap(({ fault }) => fault ?? []), ...byTypes(manifests)];
}

const label = ({ kind, metadata }: Manifest) => `${kind} ${metadata?.name}`;

async function byValidator(manifest: Manifest): Promise<string | undefined> {
  let models: Readonly<Record<string, new (data: unknown) => Model>>;
  try {
    models = await import(moduleOf(manifest)) as typeof models;
  } catch (error) {
    return `${label(manifest)}: there is no ${manifest.apiVersion} ${manifest.kind}: ${(error as Error).message}`;
  }
  const model = models[manifest.kind];
  if (!model) return `${label(manifest)}: there is no ${manifest.apiVersion} ${manifest.kind}`;
  try {
    new model(manifest).validate();
    return undefined;
  } catch (error) {
    return `${label(manifest)}: ${(error as Error).message}`;
  }
}

const options: import('typescript').CompilerOptions = {
  strict: true, noEmit: true, skipLibCheck: true, types: [],
  target: ts.ScriptTarget.ES2024, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

function byTypes(manifests: readonly Manifest[]): string[] {
  // They stand beside this file, so that what they import is found; they are nowhere on disk.
  const folder = path.dirname(fileURLToPath(import.meta.url));
  const files = new Map(manifests.map((manifest, index) => [
    path.join(folder, `manifest-${index}.mts`),
    { manifest, text: `import type { I${manifest.kind} } from '${moduleOf(manifest)}';\nexport const manifest: I${manifest.kind} = ${JSON.stringify(manifest, undefined, 2)};\n` },
  ]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file)?.text ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = files.get(file)?.text;
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, ts.ScriptTarget.ES2024, true);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const manifest = files.get(diagnostic.file?.fileName ?? '')?.manifest;
    return `${manifest ? label(manifest) : diagnostic.file?.fileName}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
  });
}
