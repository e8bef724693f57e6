import { runService, startHttpApp } from '@cepro/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';

await runService('log-query', readConfig, (config, settings, nest) =>
  startHttpApp(AppModule.with(config, settings), {
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    bodyLimitBytes: config.HTTP_BODY_LIMIT_BYTES,
    title: 'CE Pro Webhooks: the log',
    description: 'Every attempt to deliver a webhook, with its request and its answer; failed deliveries can be sent again. Every event, and why an endpoint got it or did not.',
  }, nest),
);
