import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@cepro/contracts';
import { DatabaseTimeoutError } from '@cepro/projection';
import { QueryFailedError } from 'typeorm';
import { asking, isUnavailable } from './availability.ts';

const failedQuery = (code?: string) => new QueryFailedError('SELECT 1', [], Object.assign(new Error('failed'), code && { code }));

describe('an error of the database', () => {
  it.each<[string, unknown, boolean]>([
    ['a shutdown', failedQuery('57P01'), true],
    ['a deadlock', failedQuery('40P01'), true],
    ['a table that is missing, as in a rebuild', failedQuery('42P01'), true],
    ['a broken connection', failedQuery(), true],
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), true],
    ['a statement that took too long', failedQuery('57014'), true],
    ['no answer in time', new DatabaseTimeoutError(5_000), true],
    ['a pool without a free connection', new Error('timeout exceeded when trying to connect'), true],
    ['a mistake in a statement', failedQuery('42601'), false],
    ['a value that does not fit', failedQuery('22003'), false],
    ['a mistake in the code', new TypeError('undefined is not a function'), false],
    ['something thrown that is no error', 'no', false],
  ])('%s', (_, error, unavailable) => {
    expect(isUnavailable(error)).toBe(unavailable);
  });

  it('is told to the caller without its text', async () => {
    const failingWith = (error: Error) => asking({ ask: () => Promise.reject(error) }, () => Promise.resolve());
    await expect(failingWith(failedQuery('57P01'))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(failingWith(new DomainError('delivery-not-found'))).rejects.toMatchObject({ code: 'delivery-not-found' });
    await expect(failingWith(failedQuery('42601'))).rejects.toBeInstanceOf(QueryFailedError);
  });
});
