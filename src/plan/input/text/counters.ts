/** Lines of counters: buffers, times of reading and writing, WAL, memory. */
import type { Draft } from './drafts.ts';

const KINDS = ['Shared', 'Local', 'Temp'] as const;

export const BLOCK_KEYS: readonly string[] = KINDS.flatMap(kind =>
  ['Hit', 'Read', 'Dirtied', 'Written']
    .filter(what => kind !== 'Temp' || what === 'Read' || what === 'Written')
    .map(what => `${kind} ${what} Blocks`),
);

/** `shared hit=5 read=1, temp written=2` → all ten keys: the text leaves out what is 0. */
export function setBuffers(target: Draft, value: string): void {
  for (const key of BLOCK_KEYS) target[key] = 0;
  let kind = 'Shared';
  for (const [, group, what = '', count] of value.matchAll(
    /\b(shared|local|temp)\b|\b([a-z]{3,8})=(\d{1,18})/g,
  )) {
    if (group !== undefined) kind = capital(group);
    else target[`${kind} ${capital(what)} Blocks`] = Number(count);
  }
}

/**
 * `read=1.2` up to PostgreSQL 14, `shared/local read=1.2, temp write=0.1` in 15 and 16, `shared read=1.2, local …`
 * since: each has its own keys in JSON, too.
 */
export function setTimings(target: Draft, value: string): void {
  let prefix = '';
  if (!/^\s*(?:shared|local|temp)/.test(value)) setTimes(target, '');
  for (const [, group, what = '', ms] of value.matchAll(
    /(shared\/local|shared|local|temp)\b|\b(read|write)=(\d{1,15}(?:\.\d{1,9})?)/g,
  )) {
    if (group !== undefined) {
      prefix = group === 'shared/local' ? '' : `${capital(group)} `;
      setTimes(target, prefix);
    } else target[`${prefix}I/O ${capital(what)} Time`] = Number(ms);
  }
}

function setTimes(target: Draft, prefix: string): void {
  target[`${prefix}I/O Read Time`] = 0;
  target[`${prefix}I/O Write Time`] = 0;
}

const WAL: Readonly<Record<string, string>> = {
  records: 'WAL Records',
  fpi: 'WAL FPI',
  'fpi bytes': 'WAL FPI Bytes',
  bytes: 'WAL Bytes',
  'buffers full': 'WAL Buffers Full',
};

export const WAL_KEYS = ['WAL Records', 'WAL FPI', 'WAL Bytes'] as const;

export function setWal(target: Draft, value: string): void {
  for (const key of WAL_KEYS) target[key] = 0;
  for (const [, what = '', count] of value.matchAll(/([a-z]{2,10}(?: [a-z]{2,10})?)=(\d{1,20})/g)) {
    target[WAL[what] ?? `WAL ${capital(what)}`] = Number(count);
  }
}

/** `used=9kB  allocated=16kB` */
export function setMemory(target: Draft, value: string): void {
  for (const [, what = '', kB] of value.matchAll(/([a-z]{2,12})=(\d{1,18})/g)) {
    target[`Memory ${capital(what)}`] = Number(kB);
  }
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
