/** How a sort was done: one line of the text is three keys of JSON, or a nested object. */
import type { Draft } from './drafts.ts';

/** `external merge  Disk: 5672kB` */
export function setSortMethod(target: Draft, value: string): void {
  const space = /\b(Memory|Disk): (\d{1,18})/.exec(value);
  target['Sort Method'] = (space === null ? value : value.slice(0, space.index)).trim();
  if (space === null) return;
  target['Sort Space Used'] = Number(space[2]);
  target['Sort Space Type'] = space[1];
}

/** `2  Sort Methods: top-N heapsort, quicksort  Average Memory: 26kB  Peak Memory: 27kB` */
export function setSortGroups(target: Draft, value: string, key: string): void {
  const methods = /Sort Methods?: /.exec(value);
  const first = value.search(/Average |Peak /);
  const group: Draft = { 'Group Count': Number(/^\d{1,18}/.exec(value)?.[0] ?? 0) };
  if (methods !== null) {
    const start = methods.index + methods[0].length;
    const names = value.slice(start, first < 0 ? value.length : first).trim();
    group['Sort Methods Used'] = names === '' ? [] : names.split(', ');
  }
  for (const type of ['Memory', 'Disk']) {
    const average = new RegExp(`Average ${type}: (\\d{1,18})`).exec(value)?.[1];
    const peak = new RegExp(`Peak ${type}: (\\d{1,18})`).exec(value)?.[1];
    if (average === undefined && peak === undefined) continue;
    group[`Sort Space ${type}`] = {
      'Average Sort Space Used': Number(average ?? 0),
      'Peak Sort Space Used': Number(peak ?? 0),
    };
  }
  target[key] = group;
}
