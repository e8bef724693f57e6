/** A span, as a collector is told of it. Ids are in hexadecimal. */
export interface ToldSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty if it begins its trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** 3: client, 4: producer, 5: consumer. */
  readonly kind: number;
  /** In milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2: failed. */
  readonly statusCode: number;
  readonly statusMessage: string;
  /** What is said of the process. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/**
 * Reads what is sent to a collector: `ExportTraceServiceRequest` in the wire format of protocol buffers, by the numbers of
 * https://github.com/open-telemetry/opentelemetry-proto. Only what is looked at in tests.
 */
export function readSpans(bytes: Uint8Array): ToldSpan[] {
  return all(bytes, 1).flatMap((resourceSpans) => {
    const resource = attributesOf(one(resourceSpans, 1), 1);
    return all(resourceSpans, 2).flatMap((scopeSpans) => all(scopeSpans, 2)).map((span) => spanOf(span, resource));
  });
}

function spanOf(span: Uint8Array, resource: Readonly<Record<string, unknown>>): ToldSpan {
  const status = one(span, 15);
  return {
    traceId: hex(one(span, 1)),
    spanId: hex(one(span, 2)),
    traceState: text(one(span, 3)),
    parentSpanId: hex(one(span, 4)),
    name: text(one(span, 5)),
    kind: Number(number(span, 6)),
    startedAt: Number(number(span, 7)) / 1_000_000,
    endedAt: Number(number(span, 8)) / 1_000_000,
    attributes: attributesOf(span, 9),
    statusMessage: text(one(status, 2)),
    statusCode: Number(number(status, 3)),
    resource,
  };
}

function attributesOf(bytes: Uint8Array, tag: number): Record<string, unknown> {
  return Object.fromEntries(all(bytes, tag).map((pair) => [text(one(pair, 1)), valueOf(one(pair, 2))]));
}

function valueOf(bytes: Uint8Array): unknown {
  const [field] = fields(bytes);
  if (!field) return undefined;
  if (field.tag === 1 && field.value instanceof Uint8Array) return text(field.value);
  if (field.tag === 2) return field.value === 1n;
  return field.tag === 3 ? Number(field.value) : `a value of kind ${field.tag}`;
}

interface Field {
  readonly tag: number;
  readonly value: Uint8Array | bigint;
}

function* fields(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => bytes.subarray(at, (at += length));
  while (at < bytes.byteLength) {
    const key = Number(varint());
    const tag = key >> 3;
    switch (key & 7) {
      case 0:
        yield { tag, value: varint() };
        break;
      case 1:
        yield { tag, value: view.getBigUint64(at, true) };
        at += 8;
        break;
      case 2:
        yield { tag, value: take(Number(varint())) };
        break;
      case 5:
        yield { tag, value: BigInt(view.getUint32(at, true)) };
        at += 4;
        break;
      default:
        throw new Error(`no wire type: ${key & 7}`);
    }
  }
}

function all(bytes: Uint8Array, tag: number): Uint8Array[] {
  return [...fields(bytes)].flatMap((field) => (field.tag === tag && field.value instanceof Uint8Array ? [field.value] : []));
}

function one(bytes: Uint8Array, tag: number): Uint8Array {
  return all(bytes, tag)[0] ?? new Uint8Array();
}

function number(bytes: Uint8Array, tag: number): bigint {
  const value = [...fields(bytes)].find((field) => field.tag === tag)?.value;
  return typeof value === 'bigint' ? value : 0n;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
