import { expect, it } from 'vitest';
import { query, serverIn, start } from '../database/embedded/caches.ts';
import { countOn, inOrder, planName } from '../helpers/shown.ts';
import type { Terminal } from '../helpers/terminal.ts';
import { cacheOfFile } from './caches.ts';
import { explorer } from './programs.ts';

const cache = cacheOfFile();

async function untilPlanned(terminal: Terminal): Promise<void> {
  await terminal.until(inOrder(planName('before', 1), 'Seq Scan'), 'the plan of query 1');
}

async function quit(terminal: Terminal): Promise<void> {
  terminal.type('q');
  expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
}

it('makes its server and its data from nothing, with the screen up at once, and stops the server when it quits', async () => {
  const terminal = explorer({ cache });
  await terminal.until(/E-commerce analytics/, 'the screen');
  await terminal.until(/✓ creating the database/, 'the first step');
  await terminal.until(/loading the demo shop/, 'the load');
  await untilPlanned(terminal);
  expect(await serverIn(cache.root)).toBeTypeOf('number');
  await quit(terminal);
  expect(await serverIn(cache.root)).toBeUndefined();
});

it('runs twice on the same data, each with all proposals on, until the last one stops the server', async () => {
  const first = explorer({ cache });
  await untilPlanned(first);
  const server = await serverIn(cache.root);
  const second = explorer({ cache });
  await untilPlanned(second);
  for (const terminal of [first, second]) terminal.type('a');
  for (const terminal of [first, second]) {
    await terminal.until(
      inOrder(countOn(5, 5), planName('after', 1), 'IdxOnly'),
      'the plan with all proposals',
    );
    await terminal.until(
      // A proposal has its size once it is built.
      screen => screen.match(/\[x\] \S+ +[\d.]+ (?:kB|MB) /g)?.length === 5,
      'all are built',
    );
  }
  await quit(first);
  expect(await serverIn(cache.root)).toBe(server);
  second.type('3');
  await second.until(inOrder(planName('after', 3), 'IdxOnly'), 'the plan of query 3');
  await quit(second);
  expect(await serverIn(cache.root)).toBeUndefined();
});

it('adopts the server that an explorer left behind when it was killed', async () => {
  const killed = explorer({ cache });
  await untilPlanned(killed);
  const server = await serverIn(cache.root);
  killed.kill('SIGKILL');
  await killed.exit;
  expect(await serverIn(cache.root)).toBe(server);
  const next = explorer({ cache });
  await untilPlanned(next);
  expect(await serverIn(cache.root)).toBe(server);
  await quit(next);
  expect(await serverIn(cache.root)).toBeUndefined();
});

it('leaves no half-loaded shop when it is interrupted in the middle of loading', async () => {
  const terminal = explorer({ cache, args: ['--scale', '0.01'] });
  await terminal.until(/rows/, 'the progress of the load');
  terminal.type('\u0003');
  expect(await terminal.exit).toEqual({ code: 130, signal: 0 });
  expect(await serverIn(cache.root)).toBeUndefined();
  const server = await start(cache.root);
  const databases = await query(
    server.settings,
    `SELECT datname FROM pg_database WHERE datname ~ '^shop_0_01'`,
  );
  await server.release();
  expect(databases).toEqual([]);
});
