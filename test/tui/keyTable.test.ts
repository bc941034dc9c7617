import { describe, expect, it } from 'vitest';
import { plain } from '../../src/tui/cell.ts';
import {
  bindingsOf,
  commandFor,
  keyNames,
  keyTableMarkdown,
  pressesOf,
} from '../../src/tui/keys/bindings.ts';
import { BINDINGS, type Place } from '../../src/tui/keys/keyTable.ts';
import { helpLines } from '../../src/tui/overlays/help.ts';

const PROGRAMS = ['explorer', 'viewer'] as const;
const PLACES: readonly Place[] = ['proposals', 'queries', 'plan', 'overlay', 'starting', 'lost'];

describe('the key table', () => {
  it('gives a key one meaning at a place', () => {
    for (const program of PROGRAMS) {
      const seen = bindingsOf(program).flatMap(({ keys, places }) =>
        places.flatMap(place => keys.map(key => `${place} ${key}`)),
      );
      expect(seen.filter((entry, index) => seen.indexOf(entry) !== index)).toEqual([]);
    }
  });

  it('is in the help as a whole, at any width', () => {
    for (const program of PROGRAMS) {
      for (const width of [76, 116, 196]) {
        const help = helpLines(width, program).map(plain).join('\n');
        for (const binding of bindingsOf(program).filter(({ group }) => group !== 'Text')) {
          expect(help).toContain(binding.title);
          for (const name of keyNames(binding)) expect(help).toContain(name);
        }
      }
    }
  });

  it('is in the table for the README as a whole', () => {
    const table = keyTableMarkdown();
    const shown = BINDINGS.filter(({ group }) => group !== 'Text');
    expect(table.split('\n')).toHaveLength(shown.length + 2);
    for (const { title } of shown) expect(table).toContain(title);
  });

  it('lets the person leave from everywhere', () => {
    for (const place of PLACES) {
      expect(commandFor('ctrl+c', place)).toBe('interrupt');
      expect(commandFor('q', place)).toBe(place === 'overlay' ? 'close' : 'quit');
    }
  });

  it('types into a search, whatever else the key means', () => {
    for (const key of ['q', 'j', 'space', '/', 'ü']) expect(commandFor(key, 'search')).toBe('type');
    expect(commandFor('enter', 'search')).toBe('search-done');
    expect(commandFor('backspace', 'search')).toBe('text-erase');
    expect(commandFor('ctrl+c', 'search')).toBe('interrupt');
    expect(commandFor('up', 'search')).toBeUndefined();
  });

  it('takes ESC and a character in one read for two keys, but where a text is typed', () => {
    expect(pressesOf('alt+q', 'overlay')).toEqual(['escape', 'q']);
    expect(pressesOf('alt+b', 'editing')).toEqual(['alt+b']);
    expect(commandFor('alt+b', 'editing')).toBeUndefined();
    expect(pressesOf('j', 'plan')).toEqual(['j']);
  });

  it('means nothing for keys it does not have', () => {
    expect(commandFor('e', 'plan')).toBeUndefined();
    expect(commandFor('space', 'plan')).toBeUndefined();
    expect(commandFor('a', 'starting')).toBeUndefined();
  });
});
