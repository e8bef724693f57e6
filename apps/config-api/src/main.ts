import 'reflect-metadata';
import { runService, startHttpApp } from '@cepro/service';
import { AppModule } from './app.module.ts';
import { readConfig } from './config.ts';
import { httpOptions } from './http/http-options.ts';

await runService('config-api', readConfig, (config, settings, nest) => startHttpApp(AppModule.with(config, settings), httpOptions(config), nest));
