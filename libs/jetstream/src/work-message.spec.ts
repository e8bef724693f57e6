import { describe, expect, it } from '@jest/globals';
import type { Msg } from '@nats-io/transport-node';
import { WorkMessage } from './work-message.ts';

/** A message that was delivered with that address to settle it at, and what was answered there. */
function delivered(reply: string | undefined) {
  const answers: string[] = [];
  const message = { subject: 'work.piece', data: Buffer.from('to do'), reply, respond: (payload: Uint8Array) => answers.push(Buffer.from(payload).toString()) };
  return { answers, message: WorkMessage.from(message as unknown as Msg) };
}

const address = '$JS.ACK.WORK.workers.3.71.80.1795507200123456789.12';

describe('a message of a consumer', () => {
  it.each([
    ['as a single server says it', address],
    ['with domain and account', '$JS.ACK.hub.ACCOUNTHASH.WORK.workers.3.71.80.1795507200123456789.12.token'],
    ['without a domain', '$JS.ACK._.ACCOUNTHASH.WORK.workers.3.71.80.1795507200123456789.12.token'],
  ])('knows where it stands, %s', (_, reply) => {
    expect(delivered(reply).message).toMatchObject({ subject: 'work.piece', seq: 71, deliveryCount: 3, storedAt: 1_795_507_200_123 });
  });

  it.each([undefined, '', 'inbox.1', '$JS.ACK.WORK.workers.3.71', '$JS.FC.WORK.workers.3.71.80.1.2'])('is none with the address %j', (reply) => {
    expect(delivered(reply).message).toBeUndefined();
  });

  it('is settled in the words of the server', () => {
    const { message, answers } = delivered(address);
    message!.working();
    message!.ack();
    message!.nak();
    message!.nak(1_500);
    message!.nak(0.2);
    message!.term('nobody can read it');
    expect(answers).toEqual(['+WPI', '+ACK', '-NAK', '-NAK {"delay":1500000000}', '-NAK {"delay":1000000}', '+TERM nobody can read it']);
  });
});
