/** Loaded once, reused while fresh, and never left half done. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { LoadEvent } from '../../../src/database/connectionSettings.ts';
import { FRESH_DAYS } from '../../../src/database/demo/shop.ts';
import { testServer } from '../../helpers/server.ts';
import {
  connectServer,
  connectShop,
  databasesOf,
  dropShops,
  ensureTestShop,
  number,
  SCHEMA,
} from './fixture.ts';

const SEED = 921;
const KILLED = 922;
const DAY_MS = 86_400_000;
const later = (days: number) => () => new Date(Date.now() + days * DAY_MS);

afterEach(() => dropShops(SEED, KILLED));

test('is loaded once, then reused', async () => {
  const first = await ensureTestShop({ seed: SEED });
  const second = await ensureTestShop({ seed: SEED });
  expect(first).toMatchObject({
    reused: false,
    settings: { database: 'shop_0_0005_seed_921' },
  });
  expect(second).toEqual({ ...first, reused: true });
});

test('reports rows and time left, up to the last row', async () => {
  const events: LoadEvent[] = [];
  const { rows } = await ensureTestShop({ seed: SEED, onEvent: event => events.push(event) });
  const progress = events.filter(event => event.type === 'startup:progress');
  const done = progress.map(event => event.rowsDone);
  expect(events[0]).toEqual({ type: 'startup:step', message: 'loading the demo shop' });
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(progress.at(-1)).toMatchObject({
    rowsDone: rows.customers + rows.orders + rows.order_items,
    rowsTotal: rows.customers + rows.orders + rows.order_items,
  });
});

describe('windows', () => {
  test('still fresh enough after a few days', async () => {
    await ensureTestShop({ seed: SEED });
    expect((await ensureTestShop({ seed: SEED, now: later(FRESH_DAYS) })).reused).toBe(true);
  });

  test('gone stale: loaded afresh, the old one dropped', async () => {
    const old = await ensureTestShop({ seed: SEED });
    const fresh = await ensureTestShop({ seed: SEED, now: later(FRESH_DAYS + 1) });
    expect(fresh.reused).toBe(false);
    expect(fresh.loadedOn > old.loadedOn).toBe(true);
    expect(await databasesOf(SEED)).toEqual([fresh.settings.database]);
  });

  test('stale but in use: a new one is loaded beside it, and the old one is dropped after its last use', async () => {
    const old = await ensureTestShop({ seed: SEED });
    const user = await connectShop(old);
    const fresh = await ensureTestShop({ seed: SEED, now: later(10) });
    expect(fresh.reused).toBe(false);
    expect(await databasesOf(SEED)).toEqual([old.settings.database, fresh.settings.database]);
    expect(await number(user, 'SELECT count(*) FROM categories')).toBe(50);
    await user.end();
    // The server needs a moment to see that they are gone.
    while ((await databasesOf(SEED)).length > 1) {
      const again = await ensureTestShop({ seed: SEED, now: later(10) });
      expect(again).toEqual({ ...fresh, reused: true });
    }
  });

  test('gone stale, in use, and no room for another: the old one will do', async () => {
    const old = await ensureTestShop({ seed: SEED });
    const user = await connectShop(old);
    const options = { seed: SEED, now: later(10), dataDirectory: '/data', freeBytes: async () => 1000 };
    expect(await ensureTestShop(options)).toEqual({ ...old, reused: true });
    await user.end();
  });
});

test('a disk too small is reported with the figures, before anything is loaded', async () => {
  const loading = ensureTestShop({
    seed: SEED,
    scale: 1,
    dataDirectory: '/data',
    freeBytes: async () => 3e9,
  });
  await expect(loading).rejects.toMatchObject({
    code: 'embedded-no-space',
    message: expect.stringMatching(
      /^scale 1 needs about \d\d\.\d GB of disk \(shop \d\d\.\d GB, .*\/data has 3\.0 GB free$/,
    ),
  });
  expect(await databasesOf(SEED)).toEqual([]);
});

test('refuses a scale or a seed that makes no sense', async () => {
  await expect(ensureTestShop({ seed: SEED, scale: 0 })).rejects.toMatchObject({ code: 'usage' });
  await expect(ensureTestShop({ seed: SEED, scale: Number.NaN })).rejects.toMatchObject({ code: 'usage' });
  await expect(ensureTestShop({ seed: 1.5 })).rejects.toMatchObject({ code: 'usage' });
});

test('two at once: one loads, the other waits and gets the same', async () => {
  const events: LoadEvent[] = [];
  const onEvent = (event: LoadEvent) => events.push(event);
  const both = await Promise.all([
    ensureTestShop({ seed: SEED, onEvent }),
    ensureTestShop({ seed: SEED, onEvent }),
  ]);
  expect(both.map(shop => shop.reused).sort()).toEqual([false, true]);
  expect(both[0].settings).toEqual(both[1].settings);
  expect(events).toContainEqual({
    type: 'startup:step',
    message: expect.stringMatching(/^waiting for another/),
  });
});

describe('nothing is left half-loaded', () => {
  test('by Ctrl-C in the middle', async () => {
    const abort = new AbortController();
    const loading = ensureTestShop({
      seed: SEED,
      scale: 0.01,
      signal: abort.signal,
      onEvent: event => {
        if (event.type === 'startup:progress' && event.rowsDone > 100_000) abort.abort();
      },
    });
    await expect(loading).rejects.toMatchObject({ code: 'cancelled', exitCode: 130 });
    expect(await databasesOf(SEED)).toEqual([]);
  });

  test('by Ctrl-C before the beginning', async () => {
    await expect(ensureTestShop({ seed: SEED, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  test('by Ctrl-C while waiting for another explorer', async () => {
    const abort = new AbortController();
    const other = ensureTestShop({ seed: SEED, scale: 0.002 });
    const waiting = ensureTestShop({
      seed: SEED,
      scale: 0.002,
      signal: abort.signal,
      onEvent: ({ message }) => {
        if (message.startsWith('waiting')) abort.abort();
      },
    });
    const outcomes = await Promise.allSettled([other, waiting]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).not.toHaveLength(0);
    expect((await ensureTestShop({ seed: SEED, scale: 0.002 })).reused).toBe(true);
  });

  test('by a server that ends a session in the middle', async () => {
    const control = await connectServer();
    const loading = ensureTestShop({
      seed: SEED,
      scale: 0.01,
      onEvent: event => {
        if (event.type !== 'startup:progress' || event.rowsDone < 100_000) return;
        void control.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 LIMIT 1',
          ['shop_0_01_seed_921_loading'],
        );
      },
    });
    await expect(loading).rejects.toMatchObject({ code: 'demo-load-failed' });
    expect(await databasesOf(SEED)).toEqual([]);
    await control.end();
  });

  test('by kill -9: the next start sweeps it', async () => {
    const { settings } = await testServer();
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', LOAD], {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      env: {
        ...process.env,
        OPTIONS: JSON.stringify({ settings, scale: 0.05, seed: KILLED, schemaFolder: SCHEMA }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await databasesOf(KILLED)).toEqual(['shop_0_05_seed_922_loading']);
    // Any shop's start sweeps, as soon as the server has noticed.
    while ((await databasesOf(KILLED)).length > 0) {
      await sleep(50);
      await ensureTestShop({ seed: SEED });
    }
  });
});

/** Loads in a process of its own, and says so once rows come in. */
const LOAD = `
  import { ensureDemoShop } from './src/database/demo/shop.ts';
  await ensureDemoShop({
    ...JSON.parse(process.env.OPTIONS),
    onEvent: event => { if (event.rowsDone > 10000) process.stdout.write('loading'); },
  });`;
