/** What to do with the bytes of a stream that a {@link ByteWatch} has seen. */
export interface Watched {
  /** What may be passed on now. */
  readonly pass: Buffer;
  /** True when the match that was waited for begins right after `pass`. */
  readonly matched: boolean;
  /** True when bytes are kept back that may be the beginning of a match. */
  readonly holding: boolean;
}

// A RegExp can't tell whether it has begun to match, so it sees so much of what has been passed on already.
const rememberedBytes = 4_096;

/**
 * Looks for a pattern in one direction of a connection, across the borders of chunks. Bytes that may turn out to be the
 * beginning of a text are kept back until that is settled; with a RegExp nothing is.
 */
export class ByteWatch {
  readonly #pattern: Buffer | RegExp;
  readonly #isLast: () => boolean;
  /** The end of the stream so far, of which the first `#passed` bytes have been passed on. */
  #window = Buffer.alloc(0);
  #passed = 0;

  /** @param isLast called at every match: is this the one that is waited for? */
  constructor(pattern: Buffer | RegExp, isLast: () => boolean) {
    // The flags g and y would make the pattern remember where it last matched.
    this.#pattern = Buffer.isBuffer(pattern) ? pattern : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    this.#isLast = isLast;
  }

  /** The next bytes of the stream. */
  feed(chunk: Buffer): Watched {
    const base = this.#passed;
    this.#window = Buffer.concat([this.#window, chunk]);
    const whole = this.#window;
    let consumed = 0;
    for (let match = this.#find(); match; match = this.#find()) {
      const start = consumed + match.start;
      if (this.#isLast()) return { pass: whole.subarray(base, Math.max(base, start)), matched: true, holding: false };
      consumed += match.end;
      this.#window = whole.subarray(consumed);
    }
    const { keep, hold } = this.#undecided();
    const until = Math.max(base, whole.length - hold);
    this.#window = whole.subarray(Math.max(consumed, whole.length - keep));
    this.#passed = Math.max(0, this.#window.length - (whole.length - until));
    return { pass: whole.subarray(base, until), matched: false, holding: until < whole.length };
  }

  /** Gives up waiting for the rest of what may be a match, and returns the bytes that were kept back. Both are remembered. */
  flush(): Buffer {
    const held = this.#window.subarray(this.#passed);
    this.#passed = this.#window.length;
    return held;
  }

  #find(): { start: number; end: number } | undefined {
    if (Buffer.isBuffer(this.#pattern)) {
      const start = this.#window.indexOf(this.#pattern);
      return start < 0 ? undefined : { start, end: start + this.#pattern.length };
    }
    const match = this.#pattern.exec(this.#window.toString('latin1'));
    return match?.[0] ? { start: match.index, end: match.index + match[0].length } : undefined;
  }

  /** How many bytes at the end to remember, and how many of them not to pass on yet. */
  #undecided(): { keep: number; hold: number } {
    if (!Buffer.isBuffer(this.#pattern)) return { keep: rememberedBytes, hold: 0 };
    for (let length = Math.min(this.#pattern.length - 1, this.#window.length); length > 0; length--) {
      const isBeginning = this.#window.subarray(this.#window.length - length).equals(this.#pattern.subarray(0, length));
      if (isBeginning) return { keep: length, hold: length };
    }
    return { keep: 0, hold: 0 };
  }
}
