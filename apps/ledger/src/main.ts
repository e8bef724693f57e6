import { NestFactory } from '@nestjs/core';
import { runService } from '@cepro/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';

await runService('ledger', readConfig, (config, settings, nest) =>
  NestFactory.createApplicationContext(AppModule.with(config, settings), { ...nest, abortOnError: false }),
);
