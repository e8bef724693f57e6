import { describe, expect, it } from '@jest/globals';
import { RequestParser, type ParsedRequest } from './request-parser.ts';

const body = '{"event":"invoice.paid","data":{"sentAt":1234.5678,"id":"inv_1"}}';
const aRequest = (path = '/ok/1', text = body, attempt = 2) => [
  `POST ${path} HTTP/1.1`, 'host: 127.0.0.1', 'X-Webhook-ID: dlv_1', `X-Webhook-Attempt: ${attempt}`, `content-length: ${Buffer.byteLength(text)}`, '', text,
].join('\r\n');

/** Feeds chunks, the first at time 1, the next at time 2 and so on. */
function parsed(...chunks: string[]): ParsedRequest[] {
  const requests: ParsedRequest[] = [];
  const parser = new RequestParser((request) => requests.push(request));
  chunks.forEach((chunk, index) => parser.feed(Buffer.from(chunk), index + 1));
  return requests;
}

describe('RequestParser', () => {
  it('keeps what the bench asks for', () => {
    expect(parsed(aRequest())).toEqual([{ path: '/ok/1', deliveryId: 'dlv_1', attempt: 2, firstByteAt: 1, sentAt: 1234.5678 }]);
  });

  it('reads a request wherever its chunks end, and dates it by its first byte', () => {
    const text = aRequest();
    for (let at = 1; at < text.length; at++) {
      expect(parsed(text.slice(0, at), text.slice(at))).toEqual([expect.objectContaining({ path: '/ok/1', firstByteAt: 1, sentAt: 1234.5678 })]);
    }
  });

  it('reads several in one chunk, and the next by the time of its own first byte', () => {
    const second = aRequest('/ok/2');
    const requests = parsed(aRequest() + second + second.slice(0, 9), second.slice(9), second);
    expect(requests.map(({ path, firstByteAt }) => [path, firstByteAt])).toEqual([['/ok/1', 1], ['/ok/2', 1], ['/ok/2', 1], ['/ok/2', 3]]);
  });

  it('takes a body without mark, and none at all', () => {
    expect(parsed(aRequest('/a', '{}'), 'GET /b HTTP/1.1\r\nhost: x\r\n\r\n')).toEqual([
      expect.objectContaining({ path: '/a', sentAt: undefined }),
      { path: '/b', deliveryId: '', attempt: 1, firstByteAt: 2, sentAt: undefined },
    ]);
  });

  it('counts bytes, not characters', () => {
    expect(parsed(aRequest('/a', '{"note":"Zürich"}') + aRequest('/b'))).toHaveLength(2);
  });

  it('says what it can not read', () => {
    expect(() => parsed('POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n')).toThrow('Content-Length');
    expect(() => parsed('x'.repeat(70_000))).toThrow('does not end');
  });
});
