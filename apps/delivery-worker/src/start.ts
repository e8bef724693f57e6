import { setTimeout as sleep } from 'node:timers/promises';
import type { INestMicroservice, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type NatsOptions, type NestMicroservice } from '@nestjs/microservices';
import { connectionOptions } from '@cepro/jetstream';
import { firstRefusal, Readiness, reasonOf, type ServiceSettings } from '@cepro/service';
import type { NatsConnection } from '@nats-io/transport-node';
import { AppModule } from './app.module.ts';
import type { Config } from './config.ts';
import { Configuration } from './configuration.ts';

const retryMs = 1_000;

/** Starts the worker; its deliveries and its answers to Send Tests begin as soon as NATS is there. */
export async function startWorker(config: Config, settings: ServiceSettings, nest: { logger: LoggerService }): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice<NatsOptions>(AppModule.with(config, settings), {
    ...nest,
    abortOnError: false,
    transport: Transport.NATS,
    // Any of the workers answers a Send Test, one each.
    options: { ...connectionOptions({ ...settings.nats, name: `${settings.name}-tests` }), queue: settings.name },
  } as NatsOptions);
  // Not `init()`, which in Nest 12.1 runs every lifecycle hook twice. Hooks must not wait for `listen()` either: it fails
  // as long as NATS is away.
  await (app as NestMicroservice).registerModules();
  void listen(app, settings);
  return app;
}

async function listen(app: INestMicroservice, { logger }: ServiceSettings): Promise<void> {
  let state: string | undefined = 'not listening yet';
  app.get(Readiness).add('send-test', () => state);
  // Asked before it knows the endpoints, it could only keep the caller waiting. It rejects when the worker stops first.
  if (!(await app.get(Configuration).ready().catch(() => undefined))) return;
  for (;;) {
    try {
      await app.listen();
      state = undefined;
      const connection = app.unwrap<NatsConnection>();
      const refusal = await firstRefusal(connection);
      // It was closed, since the worker stops.
      if (refusal === undefined) return;
      // A subscription that was refused is not made again by itself.
      state = refusal;
      await connection.close();
    } catch (error) {
      state = reasonOf(error);
    }
    logger.warn({ reason: state }, 'not listening for Send Tests yet; trying again');
    await sleep(retryMs);
  }
}
