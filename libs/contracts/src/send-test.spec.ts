import { describe, expect, it } from '@jest/globals';
import { parseSendTestRequest, parseSendTestResult } from './send-test.ts';

const request = { accountId: 'acct_42', endpointId: 'wh_0195e3d1-8e12-7abc-9e55-0123456789ab', version: 7 };
const result = { success: false, statusCode: 500, responseBody: 'no', responseTimeMs: 12, error: 'Webhook test failed' };

describe('a Send Test', () => {
  it('is read as it was written', () => {
    expect(parseSendTestRequest(request)).toEqual({ ok: true, value: request });
    const ofType = { ...request, eventType: 'invoice.paid' };
    expect(parseSendTestRequest(ofType)).toEqual({ ok: true, value: ofType });
    expect(parseSendTestResult(result)).toEqual({ ok: true, value: result });
    const failed = { success: false, statusCode: null, responseBody: null, responseTimeMs: 0, error: null };
    expect(parseSendTestResult(failed)).toEqual({ ok: true, value: failed });
  });

  it.each([undefined, null, 7, [], {}, { ...request, accountId: '*' }, { ...request, endpointId: 'wh_1' }, { ...request, version: -1 }, { ...request, version: '7' }, { ...request, eventType: 'invoice.lost' }, { ...request, eventType: null }])(
    'is refused as a request: %j', (value) => expect(parseSendTestRequest(value)).toMatchObject({ ok: false }),
  );

  it.each([undefined, null, {}, { ...result, success: 'no' }, { ...result, statusCode: '500' }, { ...result, responseTimeMs: -1 }, { ...result, error: undefined }])(
    'is refused as a result: %j', (value) => expect(parseSendTestResult(value)).toMatchObject({ ok: false }),
  );
});
