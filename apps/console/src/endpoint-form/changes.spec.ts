import { describe, expect, it } from '@jest/globals';
import type { EndpointFields } from '../api/queries.ts';
import { changesOf } from './changes.ts';

const before: EndpointFields = { url: 'https://hooks.example.com/', events: ['invoice.paid', 'job.completed'], active: true, description: 'books', rateLimit: 5 };

describe('what is saved of a form', () => {
  it('is nothing when nothing was changed, whatever the order of the events', () => {
    expect(changesOf(before, { ...before, events: ['job.completed', 'invoice.paid'] })).toEqual({});
  });

  it.each<Partial<EndpointFields>>([
    { url: 'https://other.example.com/' }, { events: ['invoice.paid'] }, { events: ['invoice.paid', 'lead.created'] }, { active: false }, { description: null }, { rateLimit: null },
  ])('is %j and nothing else', (changed) => expect(changesOf(before, { ...before, ...changed })).toEqual(changed));
});
