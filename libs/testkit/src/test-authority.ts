import { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface TestAuthorityOptions {
  /** Keeps the certificates over runs, until a week before they expire. Default: a folder of its own, see `dispose`. */
  readonly dir?: string;
  /** Names besides 127.0.0.1, ::1 and localhost for which the certificate is good, such as `hooks.example.test`. */
  readonly names?: readonly string[];
}

/** A certificate authority for tests, and a server certificate that it signed. */
export interface TestAuthority extends KeyPair {
  /** The authority's own certificate, PEM. */
  readonly ca: string;
  /** The file with it, for `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string;
  /** A further certificate: for other names, or one that has expired. */
  issue(options: { names: readonly string[]; expired?: boolean }): Promise<KeyPair>;
  /** Removes the files unless they are in a given folder. At the end of the process that happens by itself. */
  dispose(): Promise<void>;
}

const dayMs = 86_400_000;
const validMs = 365 * dayMs;
const renewBeforeMs = 7 * dayMs;
const loopback = ['127.0.0.1', '::1', 'localhost'];

/** Makes a test authority, or takes the one that is in the given folder. */
export async function createTestAuthority({ dir: given, names = [] }: TestAuthorityOptions = {}): Promise<TestAuthority> {
  const dir = given ?? (await mkdtemp(path.join(tmpdir(), 'cepro-authority-')));
  await mkdir(dir, { recursive: true });
  const wanted = [...loopback, ...names];
  const { root, leaf } = (await load(dir, wanted)) ?? (await create(dir, wanted));
  if (!given) process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  return {
    ...leaf,
    ca: root.cert,
    caFile: path.join(dir, 'ca.pem'),
    issue: ({ names: others, expired = false }) => issue(root, others, expired ? -validMs : 0),
    dispose: async () => {
      if (!given) await rm(dir, { recursive: true, force: true });
    },
  };
}

type Certificates = { readonly root: KeyPair; readonly leaf: KeyPair };

const files = { root: 'ca', leaf: 'server' } as const;

async function create(dir: string, names: readonly string[]): Promise<Certificates> {
  const root = await selfSigned();
  const leaf = await issue(root, names);
  await write(dir, files.root, root);
  await write(dir, files.leaf, leaf);
  return { root, leaf };
}

/** What the folder holds, when it is whole, lasts for a while and is good for the names. */
async function load(dir: string, names: readonly string[]): Promise<Certificates | undefined> {
  try {
    const [root, leaf] = [await read(dir, files.root), await read(dir, files.leaf)];
    const [rootCert, leafCert] = [new X509Certificate(root.cert), new X509Certificate(leaf.cert)];
    const lasts = [rootCert, leafCert].every(({ validTo }) => Date.parse(validTo) - Date.now() > renewBeforeMs);
    const covers = names.every((name) => (isIP(name) ? leafCert.checkIP(name) : leafCert.checkHost(name)));
    return lasts && covers && leafCert.verify(rootCert.publicKey) ? { root, leaf } : undefined;
  } catch {
    return undefined;
  }
}

async function read(dir: string, name: string): Promise<KeyPair> {
  const [key, cert] = await Promise.all([readFile(path.join(dir, `${name}.key`), 'utf8'), readFile(path.join(dir, `${name}.pem`), 'utf8')]);
  return { key, cert };
}

async function write(dir: string, name: string, { key, cert }: KeyPair): Promise<void> {
  await writeFile(path.join(dir, `${name}.key`), key, { mode: 0o600 });
  await writeFile(path.join(dir, `${name}.pem`), cert);
}

async function selfSigned(): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: 'CE Pro test authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...validity(0),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert };
}

async function issue(root: KeyPair, names: readonly string[], shiftMs = 0): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: root,
    ...validity(shiftMs),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })) },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** A year, from a day ago, so that no clock is behind it; a shift of a year back makes it one that has ended. */
function validity(shiftMs: number): { notBeforeDate: Date; notAfterDate: Date } {
  const from = Date.now() - dayMs + shiftMs;
  return { notBeforeDate: new Date(from), notAfterDate: new Date(from + validMs) };
}
