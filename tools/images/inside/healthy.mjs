// The health check of an image: is the service ready? Exits with 1, and says why, if it is not.
import { get } from 'node:http';
import image from './image.json' with { type: 'json' };

const port = process.env.MANAGEMENT_PORT || image.managementPort;
get({ host: '127.0.0.1', port, path: '/health/ready' }, (response) => {
  process.exitCode = response.statusCode === 200 ? 0 : 1;
  if (process.exitCode !== 0) response.pipe(process.stdout);
  else response.resume();
}).on('error', (error) => {
  process.stdout.write(`${error.message}\n`);
  process.exitCode = 1;
}).setTimeout(4_000, function silent() {
  this.destroy(new Error('no answer within 4 s'));
});
