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

/** Collects up to `limit` bytes; what was collected is there even if reading fails half way. */
export class BodyCollector {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #truncated = false;

  constructor(private readonly limit: number) {}

  /** What has been read so far. */
  get kept(): KeptBody {
    return { bytes: Buffer.concat(this.#chunks), truncated: this.#truncated };
  }

  /**
   * Reads a body, decompressed, until its end or until the limit is passed, and then no further: the limit counts bytes
   * after decompression, so that a small body can't unfold into a large one. A body that is not what its
   * `Content-Encoding` says is kept as far as it made sense.
   */
  async read(body: Readable, contentEncoding: string | undefined): Promise<void> {
    const decoder = decoderOf(contentEncoding);
    if (!decoder) return await this.#take(body);
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
    const decoded = this.#take(body.pipe(decoder)).catch((error: unknown) => {
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

  async #take(source: Readable): Promise<void> {
    // Leaving the loop destroys the stream, and with it the connection: nothing more is read.
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const room = this.limit - this.#size;
      if (room > 0) this.#chunks.push(chunk.subarray(0, room));
      this.#size += Math.min(room, chunk.length);
      if (chunk.length > room) {
        this.#truncated = true;
        return;
      }
    }
  }
}

function decoderOf(contentEncoding: string | undefined): Transform | undefined {
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
      // None, or one that nobody asked for: kept as it came.
      return undefined;
  }
}

function isDecodingError(error: unknown): boolean {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR__ERROR') || code.startsWith('ZSTD') || code.startsWith('ERR_ZSTD');
}
