// npm run publish-event: publishes one event the way a CE Pro service does. See --help.
import { connectNats } from '@cepro/jetstream';
import { catalogue, eventTypes, isEventType } from '@cepro/contracts';
import { InvalidEventError, WebhooksPublisher } from '@cepro/webhooks-publisher';
import { servers } from './commands.ts';

const usage = `usage: npm run publish-event -- ACCOUNT EVENT_TYPE [DATA_JSON]

Publishes one event to NATS_URL; where that is not set, to the NATS of npm start, which must be running.
Without DATA_JSON it carries the event type's example. Event types:
  ${eventTypes.join('\n  ')}`;

const [accountId = '', type, dataText] = process.argv.slice(2);
if (!isEventType(type) || process.argv.includes('--help')) {
  process.stdout.write(`${usage}\n`);
  process.exit(process.argv.includes('--help') ? 0 : 2);
}

try {
  const data = dataText === undefined ? catalogue[type].example : (JSON.parse(dataText) as (typeof catalogue)[typeof type]['example']);
  const { NATS_URL: url = 'nats://127.0.0.1:14222' } = await servers();
  const connection = await connectNats({ url, name: 'publish' }, {
    signal: AbortSignal.timeout(5_000),
    onRetry: (error) => process.stderr.write(`NATS at ${url} is away (${String(error)}); trying again\n`),
  });
  const publisher = new WebhooksPublisher(connection, { domain: 'command-line' });
  const { sequence } = await publisher.publish({ type, accountId, id: crypto.randomUUID(), data });
  process.stdout.write(`published ${type} for ${accountId}, event ${sequence} of the stream\n`);
  await connection.close();
} catch (error) {
  const text = error instanceof InvalidEventError ? error.faults.join('\n') : error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
