import { readFileSync } from 'node:fs';
import { nkeys } from '@nats-io/transport-node';

/**
 * The seed of a user's NKEY, without the blanks around it.
 * @throws Error that does not repeat it.
 */
export function parseSeed(text: string): string {
  const seed = text.trim();
  if (publicKeyOf(seed)?.startsWith('U')) return seed;
  throw new Error('must be the seed of a user\'s NKEY: SU and 56 more letters and digits');
}

/** The seed that a file holds. @throws Error with the reason. */
export function readSeedFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the file can not be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parseSeed(text);
  } catch {
    throw new Error(`${file} must hold the seed of a user's NKEY (SU and 56 more letters and digits), and nothing else`);
  }
}

function publicKeyOf(seed: string): string | undefined {
  try {
    return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey();
  } catch {
    return undefined;
  }
}
