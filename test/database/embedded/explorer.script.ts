/**
 * An explorer with nothing but its server, run as a process of its own. Options come as JSON in argv; each step, the
 * settings and errors go out as lines of JSON; a line on stdin makes it leave.
 */
import { createInterface } from 'node:readline';
import { PgoptError } from '../../../src/base/errors.ts';
import { startEmbeddedServer } from '../../../src/database/embedded/server.ts';

function tell(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

try {
  const server = await startEmbeddedServer({
    ...JSON.parse(process.argv[2] ?? '{}'),
    env: process.env,
    onStep: step => tell({ step }),
  });
  const { settings, adopted, dataDirectory } = server;
  tell({ ready: { settings, adopted, dataDirectory } });
  createInterface(process.stdin).once('line', async () => {
    tell({ released: await server.release() });
    process.exit(0);
  });
} catch (error) {
  tell(
    error instanceof PgoptError
      ? { error: { code: error.code, message: error.message } }
      : { bug: String(error) },
  );
  process.exit(1);
}
