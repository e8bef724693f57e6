import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

/** As much of a response's body as is kept. */
export interface KeptBody {
  readonly bytes: Buffer;
  /** True if there was more. */
  readonly truncated: boolean;
}

/** How many times the bytes that are kept are received at most of a compressed body. */
const mostReceived = 16;

const nothing = Buffer.alloc(0);

/** Collects up to `limit` bytes; what was collected is there even if reading fails half way. */
export class BodyCollector {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #truncated = false;

  constructor(private readonly limit: number) {}

  /** What has been read so far. */
  get kept(): KeptBody {
    const [first = nothing] = this.#chunks;
    return { bytes: this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first, truncated: this.#truncated };
  }

  /** Takes the next bytes of a body. False if there were too many: no more of it is wanted. */
  take(chunk: Buffer): boolean {
    const room = this.limit - this.#size;
    if (room > 0) this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.#size += Math.min(room, chunk.length);
    if (chunk.length > room) this.#truncated = true;
    return !this.#truncated;
  }

  /**
   * Reads a compressed body until its end or until the limit is passed, and then no further: the limit counts bytes
   * after decompression, so that a small body can't unfold into a large one. A body that is not what its
   * `Content-Encoding` says is kept as far as it made sense.
   */
  async unpack(body: Readable, decoder: Transform): Promise<void> {
    const broken = Promise.withResolvers<void>();
    broken.promise.catch(() => undefined);
    body.once('error', broken.reject);
    // Compressed, no end of bytes can stand for nothing.
    let received = 0;
    body.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received <= this.limit * mostReceived) return;
      this.#truncated = true;
      broken.resolve();
    });
    const decoded = this.#takeAll(body.pipe(decoder)).catch((error: unknown) => {
      if (!isDecodingError(error)) throw error;
      // The answer did arrive; what its body says is the receiver's affair. No more of it is read.
      body.destroy();
    });
    try {
      await Promise.race([decoded, broken.promise]);
    } finally {
      if (this.#truncated) body.destroy();
      decoder.destroy();
    }
  }

  async #takeAll(source: Readable): Promise<void> {
    // Leaving the loop destroys the stream: nothing more is decompressed.
    for await (const chunk of source as AsyncIterable<Buffer>) if (!this.take(chunk)) return;
  }
}

/** What unpacks a body with that `Content-Encoding`, `undefined` where it is kept as it came: there is none, or one that nobody asked for. */
export function decoderOf(contentEncoding: string | undefined): Transform | undefined {
  // Small chunks, so that hardly more is decompressed than is kept.
  const options = { chunkSize: 4_096 };
  switch (contentEncoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(options);
    case 'deflate':
      return createInflate(options);
    case 'br':
      return createBrotliDecompress(options);
    case 'zstd':
      return createZstdDecompress(options);
    default:
      return undefined;
  }
}

function isDecodingError(error: unknown): boolean {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR__ERROR') || code.startsWith('ZSTD') || code.startsWith('ERR_ZSTD');
}
