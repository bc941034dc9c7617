/** A server, or what is between, garbles a byte anywhere: the program ends soon and says so in one line, or was not touched. */
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { type Garble, openGarbled } from '../helpers/garbled.ts';
import { untilNothingRemains } from '../helpers/trace.ts';
import { cacheOfFile, shopOfFile } from './caches.ts';
import { runPiped } from './programs.ts';
import { workloadFolder } from './workloadFolder.ts';

const cache = cacheOfFile();
const shop = shopOfFile(cache);

const FILES = {
  'queries/01-open.sql': "SELECT count(*) FROM orders WHERE status = 'pending';\n",
  'schema/proposals/by_status.sql': 'CREATE INDEX by_status ON orders (status);\n',
};

async function checkThrough(garble?: Garble) {
  const garbled = await openGarbled(shop.settings, garble);
  onTestFinished(() => garbled.close());
  const { user, database, password } = shop.settings;
  const url = `postgresql://${user}@127.0.0.1:${garbled.port}/${database}?sslmode=disable`;
  const args = ['check', await workloadFolder(FILES), '--yes', '--json', '--url', url];
  const outcome = await runPiped({ cache, args, env: { PGPASSWORD: password, PGCONNECT_TIMEOUT: '2' } });
  return { ...outcome, bytes: garbled.bytes() };
}

it('ends, whichever byte it is', async () => {
  const whole = await checkThrough();
  expect(whole.code, whole.stderr).toBe(0);
  const garbles = fc.record({
    at: fc.nat(whole.bytes - 1),
    how: fc.constantFrom<Garble['how']>('change', 'drop', 'add'),
    byte: fc.nat(255),
  });
  for (const garble of fc.sample(garbles, { numRuns: 6, seed: 4711 })) {
    const { code, signal, stderr } = await checkThrough(garble);
    const what = `${JSON.stringify(garble)}\n${stderr}`;
    expect(signal, what).toBeNull();
    expect(stderr.trim().split('\n').length, what).toBe(1);
    expect(stderr, what).not.toMatch(/^\s+at /m);
    expect([0, 1, 3], what).toContain(code);
    await untilNothingRemains(shop.link);
  }
}, 240_000);
