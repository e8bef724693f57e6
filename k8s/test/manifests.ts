import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { kustomizeBinary } from '@cepro/testkit';
import type { IPodSpec } from 'kubernetes-models/v1';

const execute = promisify(execFile);

/** A Kubernetes object as it is written, before anybody has looked at what is in it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

export const overlays = ['development', 'production'] as const;
export type Overlay = (typeof overlays)[number];

const built = new Map<string, Promise<readonly Manifest[]>>();

/** What `kubectl apply -k` would send to the cluster for a folder below `k8s`. */
export function build(folder: string): Promise<readonly Manifest[]> {
  const known = built.get(folder);
  if (known) return known;
  const building = runKustomize(folder);
  built.set(folder, building);
  return building;
}

export const buildOverlay = (overlay: Overlay) => build(`overlays/${overlay}`);

async function runKustomize(folder: string): Promise<readonly Manifest[]> {
  const { stdout, stderr } = await execute(await kustomizeBinary(), ['build', fileURLToPath(new URL(`../${folder}`, import.meta.url))], { maxBuffer: 16 * 1024 * 1024 });
  // Warnings: deprecated fields, patches that match nothing.
  if (stderr) throw new Error(stderr);
  return parseAllDocuments(stdout).map((document) => withoutBreaks(document.toJS() as Manifest));
}

/** Kustomize breaks long base64 into lines, which Kubernetes passes over and the schema does not. */
function withoutBreaks(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret' || !manifest.data) return manifest;
  return { ...manifest, data: Object.fromEntries(Object.entries(manifest.data).map(([key, value]) => [key, value.replaceAll(/\s/g, '')])) };
}

/** All objects of a kind, typed as the caller knows that kind to be. */
export function ofKind<T extends { spec?: unknown }>(manifests: readonly Manifest[], kind: string): readonly (Manifest & { readonly spec: NonNullable<T['spec']> })[] {
  return manifests.filter((manifest) => manifest.kind === kind) as never;
}

/** Something that runs pods: its name, how many, and what they are. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly replicas: number | undefined;
  readonly labels: Labels;
  readonly selector: Labels | undefined;
  readonly pod: IPodSpec;
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels: Labels };
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: IPodSpec };
}

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'];

/** Everything among the objects that runs pods. */
export function workloads(manifests: readonly Manifest[]): readonly Workload[] {
  return manifests.filter(({ kind }) => workloadKinds.includes(kind)).map(({ kind, metadata, spec }) => {
    const { replicas, selector, template } = spec as WorkloadSpec;
    return { kind, name: metadata.name, replicas, selector: selector?.matchLabels, labels: template.metadata.labels, pod: template.spec };
  });
}

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** Whether a selector matches labels, as Kubernetes does it. One that asks for nothing matches everything. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In': return values.includes(labels[key] ?? '');
      case 'NotIn': return !values.includes(labels[key] ?? '');
      case 'Exists': return key in labels;
      case 'DoesNotExist': return !(key in labels);
      default: throw new Error(`unknown operator ${operator}`);
    }
  });
}
