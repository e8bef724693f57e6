import { eventTypes, isEventType, type FieldFault } from '@cepro/contracts';

/**
 * What is wrong with the single elements of a list of event types: an unknown name, or one that is there twice. A value
 * that is no list, or longer than a list without repetitions can be, is for others to complain about as a whole.
 */
export function faultsOfEvents(value: unknown): FieldFault[] {
  if (!Array.isArray(value) || value.length > eventTypes.length) return [];
  return value.flatMap((event: unknown, index): FieldFault[] => {
    const field = `events[${index}]`;
    if (!isEventType(event)) return [{ field, message: 'must be one of the event types' }];
    const first = value.indexOf(event);
    return first < index ? [{ field, message: `is the same as events[${first}]` }] : [];
  });
}
