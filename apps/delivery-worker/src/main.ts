import { runService } from '@cepro/service';
import { readConfig } from './config.ts';
import { startWorker } from './start.ts';

await runService('delivery-worker', readConfig, startWorker);
