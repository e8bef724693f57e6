import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { BodyCollector, decoderOf } from './response-body.ts';

const limit = 16 * 1024;

const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const compress = { gzip: gzipSync, deflate: deflateSync, br: (bytes: Buffer) => brotliCompressSync(bytes, quick), zstd: zstdCompressSync } as const;
type Encoding = keyof typeof compress;
const encodings = Object.keys(compress) as Encoding[];

/** A body that comes in chunks, and says how much of it was asked for. */
function aBody(bytes: Buffer, chunkSize = 1_000) {
  const taken = { bytes: 0 };
  const stream = Readable.from((function* () {
    for (let at = 0; at < bytes.length; at += chunkSize) {
      const chunk = bytes.subarray(at, at + chunkSize);
      taken.bytes += chunk.length;
      yield chunk;
    }
  })(), { objectMode: false, highWaterMark: 1 });
  return { stream, taken };
}

/** A body that never ends. */
function anEndlessBody(chunk = Buffer.alloc(1_000, 0x61)) {
  const taken = { bytes: 0 };
  const stream = new Readable({
    highWaterMark: 1,
    read() {
      taken.bytes += chunk.length;
      setImmediate(() => this.push(chunk));
    },
  });
  return { stream, taken };
}

async function read(collector: BodyCollector, stream: Readable, encoding?: string) {
  const decoder = decoderOf(encoding);
  if (decoder) return await collector.unpack(stream, decoder);
  for await (const chunk of stream as AsyncIterable<Buffer>) if (!collector.take(chunk)) return;
}

async function collect(stream: Readable, encoding?: string) {
  const collector = new BodyCollector(limit);
  await read(collector, stream, encoding);
  return collector.kept;
}

describe('a body', () => {
  it.each([0, 1, limit - 1, limit])('of %i bytes is kept whole', async (size) => {
    const bytes = randomBytes(size);
    const kept = await collect(aBody(bytes).stream);
    expect(kept.bytes.equals(bytes)).toBe(true);
    expect(kept.truncated).toBe(false);
  });

  it('of one byte more is cut, and is known to be', async () => {
    const bytes = randomBytes(limit + 1);
    const kept = await collect(aBody(bytes).stream);
    expect(kept.bytes.equals(bytes.subarray(0, limit))).toBe(true);
    expect(kept.truncated).toBe(true);
  });

  it('is read no further than needed', async () => {
    const { stream, taken } = anEndlessBody();
    const kept = await collect(stream);
    expect([kept.bytes.length, kept.truncated, stream.destroyed]).toEqual([limit, true, true]);
    expect(taken.bytes).toBeLessThan(2 * limit);
  });

  it('that breaks off is kept as far as it came', async () => {
    const collector = new BodyCollector(limit);
    const broken = Readable.from((async function* () {
      yield Buffer.from('the beginning');
      throw new Error('connection reset');
    })(), { objectMode: false });
    await expect(read(collector, broken)).rejects.toThrow('connection reset');
    expect(collector.kept).toEqual({ bytes: Buffer.from('the beginning'), truncated: false });
  });

  it.each([undefined, 'identity', 'compress', 'gzip, br', ''])('with Content-Encoding %p is kept as it came', async (encoding) => {
    expect((await collect(aBody(Buffer.from('as it came')).stream, encoding)).bytes.toString()).toBe('as it came');
  });
});

describe.each(encodings)('a body in %s', (encoding) => {
  const packed = (bytes: Buffer) => Buffer.from(compress[encoding](bytes));

  it.each([0, 1, limit])('of %i bytes is unpacked', async (size) => {
    const bytes = randomBytes(size);
    const kept = await collect(aBody(packed(bytes)).stream, encoding);
    expect(kept.bytes.equals(bytes)).toBe(true);
    expect(kept.truncated).toBe(false);
  });

  it('is cut by what it unpacks to', async () => {
    const bytes = randomBytes(limit + 1);
    const kept = await collect(aBody(packed(bytes)).stream, encoding);
    expect(kept.bytes.equals(bytes.subarray(0, limit))).toBe(true);
    expect(kept.truncated).toBe(true);
  });

  it('that unpacks to a thousand times its size is cut', async () => {
    const { stream } = aBody(packed(Buffer.alloc(64 * 1024 * 1024)), 1_000);
    const kept = await collect(stream, encoding);
    expect([kept.bytes.length, kept.truncated, stream.destroyed]).toEqual([limit, true, true]);
    expect(kept.bytes.equals(Buffer.alloc(limit))).toBe(true);
  });

  it('that is none is no fault of the exchange', async () => {
    await expect(collect(aBody(Buffer.from('{"error":"this is plain text, whatever the header says"}')).stream, encoding)).resolves.toMatchObject({ truncated: false });
  });

  it('that is none and never ends is not read to its end', async () => {
    const { stream, taken } = anEndlessBody(Buffer.alloc(1_000, 0x7b));
    await collect(stream, encoding);
    const before = taken.bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([stream.destroyed, taken.bytes]).toEqual([true, before]);
  });

  it('that ends too early is kept as far as it made sense', async () => {
    const bytes = randomBytes(8_000);
    const whole = packed(bytes);
    const kept = await collect(aBody(whole.subarray(0, whole.length / 2)).stream, encoding);
    expect(kept.truncated).toBe(false);
    expect(bytes.subarray(0, kept.bytes.length).equals(kept.bytes)).toBe(true);
  });

  it('whose connection breaks is a fault of the exchange', async () => {
    const whole = packed(randomBytes(8_000));
    const broken = Readable.from((async function* () {
      yield whole.subarray(0, 4_000);
      throw Object.assign(new Error('connection reset'), { code: 'ECONNRESET' });
    })(), { objectMode: false });
    await expect(collect(broken, encoding)).rejects.toThrow('connection reset');
  });

  it('may be announced in any letters', async () => {
    const kept = await collect(aBody(packed(Buffer.from('hello'))).stream, ` ${encoding.toUpperCase()} `);
    expect(kept.bytes.toString()).toBe('hello');
  });
});

it('a body that unpacks to nothing, without end, is not read for ever', async () => {
  const { stream, taken } = anEndlessBody(Buffer.concat(Array.from({ length: 500 }, () => gzipSync(''))));
  expect(await collect(stream, 'gzip')).toEqual({ bytes: Buffer.alloc(0), truncated: true });
  expect(stream.destroyed).toBe(true);
  expect(taken.bytes).toBeLessThan(32 * limit);
});
