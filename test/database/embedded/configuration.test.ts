import { expect, it } from 'vitest';
import { accessRules, serverConfiguration } from '../../../src/database/embedded/configuration.ts';
import { cacheRoot } from '../../../src/database/embedded/layout.ts';
import type { Machine } from '../../../src/database/embedded/machine.ts';
import type { Major } from '../../../src/database/embedded/options.ts';
import { parsePostmasterFile } from '../../../src/database/embedded/postmaster.ts';

const GB = 1024 ** 3;
const machine: Machine = { platform: 'linux', memoryBytes: 8 * GB, cpus: 4, sharedMemoryBytes: 4 * GB };
const socket = { kind: 'socket', folder: '/cache/socket' } as const;

/** The settings as a server would read them. */
function settings(change: Partial<Machine>, folder = socket.folder as string): Record<string, string> {
  const text = serverConfiguration(
    { ...machine, ...change },
    { kind: 'socket', folder },
    '/cache/pg_hba.conf',
  );
  return Object.fromEntries(
    text.split('\n').flatMap(line => {
      const [, name, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

it('fits memory to the machine, within bounds', () => {
  expect(settings({})).toMatchObject({
    shared_buffers: '2048MB',
    effective_cache_size: '6144MB',
    maintenance_work_mem: '512MB',
    work_mem: '32MB',
  });
  expect(settings({ memoryBytes: GB / 8 })).toMatchObject({
    shared_buffers: '64MB',
    effective_cache_size: '128MB',
    maintenance_work_mem: '64MB',
    work_mem: '4MB',
  });
  expect(settings({ memoryBytes: 512 * GB })).toMatchObject({ shared_buffers: '2048MB', work_mem: '64MB' });
});

it('uses no more workers than there are processors to run them', () => {
  const perGather = (cpus: number): string | undefined => settings({ cpus }).max_parallel_workers_per_gather;
  expect([1, 2, 3, 4, 6, 8, 64].map(perGather)).toEqual(['1', '2', '2', '2', '3', '4', '4']);
});

it('does without /dev/shm where a container gives little of it', () => {
  expect(settings({ sharedMemoryBytes: GB / 16 }).dynamic_shared_memory_type).toBe('mmap');
  expect(settings({}).dynamic_shared_memory_type).toBeUndefined();
  expect(settings({ sharedMemoryBytes: undefined }).dynamic_shared_memory_type).toBeUndefined();
});

it('leaves out what a platform refuses', () => {
  expect(settings({ platform: 'darwin' }).effective_io_concurrency).toBeUndefined();
  expect(settings({ platform: 'win32' }).client_connection_check_interval).toBeUndefined();
});

it('leaves out what a major does not know yet', () => {
  const text = (major: Major) => serverConfiguration(machine, socket, '/cache/pg_hba.conf', major);
  expect(text(13)).not.toContain('client_connection_check_interval');
  for (const major of [14, 15, 18] as const)
    expect(text(major)).toContain('client_connection_check_interval');
});

it('keeps a folder with quotes, commas and blanks in one piece', () => {
  expect(settings({}, `/it's, "a" \\ b`).unix_socket_directories).toBe(`'"/it''s, ""a"" \\\\ b"'`);
});

it('lets no client in without the password, on the only way in', () => {
  expect(accessRules(socket)).toBe('local all all scram-sha-256\n');
  expect(accessRules({ kind: 'tcp', port: 1 })).toBe('host all all 127.0.0.1/32 scram-sha-256\n');
});

it('follows each platform in where caches live', () => {
  const home = { HOME: '/home/ann' };
  expect(cacheRoot(home, 'linux', false)).toBe('/home/ann/.cache');
  expect(cacheRoot({ ...home, XDG_CACHE_HOME: '/x' }, 'linux', false)).toBe('/x');
  expect(cacheRoot({ ...home, XDG_CACHE_HOME: 'relative' }, 'linux', false)).toBe('/home/ann/.cache');
  expect(cacheRoot(home, 'darwin', false)).toBe('/home/ann/Library/Caches');
  expect(cacheRoot({ LOCALAPPDATA: 'C:\\Users\\ann\\AppData\\Local' }, 'win32', false)).toBe(
    'C:\\Users\\ann\\AppData\\Local',
  );
  expect(cacheRoot({ HOME: '/root' }, 'linux', true)).toBe('/var/cache');
  expect(cacheRoot({ ...home, PGOPT_EXPLORE_CACHE: '/own' }, 'linux', true)).toBe('/own');
});

it('reads postmaster.pid, and waits while there is only part of it', () => {
  expect(parsePostmasterFile('12\n/d\n1700000000\n5432\n/s\n\n  5 6\nready   \n')).toEqual({
    processId: 12,
    startedAt: 1_700_000_000,
    port: 5432,
    socketFolder: '/s',
    address: '',
  });
  expect(parsePostmasterFile('')).toBeUndefined();
  // A single-user backend writes its id negative.
  expect(parsePostmasterFile('-12\n/d\n')).toBeUndefined();
});
