/**
 * HTML with forced escaping: `html` turns every interpolated string into text. Only an `Html` stays markup, and only
 * this file creates one. Templates with data where escaping does not help throw.
 */
import { sanitize } from '../../base/format.ts';

/** Markup; the private field keeps other objects from passing as one. */
export class Html {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }
  /** Only for this file; use `html`. */
  static make(strings: readonly string[], values: readonly Value[], holes: readonly Hole[]): Html {
    // Append instead of joining, which would copy: plans may nest thousands of levels.
    let text = strings[0] ?? '';
    values.forEach((value, at) => {
      text += shown(value, holes[at] ?? NOWHERE) + (strings[at + 1] ?? '');
    });
    return new Html(text);
  }
  toString(): string {
    return this.#text;
  }
}

type Value = string | number | Html | readonly Html[];

interface Hole {
  readonly where: 'text' | 'attribute' | 'number' | 'nowhere';
}

const NOWHERE: Hole = { where: 'nowhere' };
/** Caches the kinds of positions for each template. */
const known = new WeakMap<TemplateStringsArray, readonly Hole[]>();

/** @throws Error for data inside a tag but outside quotes, in a script, style or URL: a bug */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const holes = known.get(strings) ?? holesOf(strings);
  known.set(strings, holes);
  return Html.make(strings, values, holes);
}

export const NONE = html``;

/** For optional parts. */
export const when = (condition: boolean, make: () => Html): Html => (condition ? make() : NONE);

function shown(value: Value, { where }: Hole): string {
  if (where === 'nowhere') throw new Error('data stand where they cannot be escaped');
  if (where === 'number') {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error('a style takes numbers only');
    return String(value);
  }
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  if (where !== 'text') throw new Error('markup in an attribute');
  if (value instanceof Html) return value.toString();
  let text = '';
  for (const part of value) text += shown(part, { where });
  return text;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Keeps newlines and tabs; shows other control and invisible characters, as on a terminal. */
const escapeHtml = (text: string): string =>
  sanitize(text, 'newlines').replace(/[&<>"'`]/g, character => ENTITIES[character] ?? '');

/** Attributes that load or run their value even if it is escaped. */
const ACTIVE =
  /^(?:on.*|href|src|srcset|srcdoc|action|formaction|data|poster|background|cite|ping|xlink:href)$/i;

function holesOf(strings: readonly string[]): readonly Hole[] {
  let state: 'text' | 'tag' | 'quoted' = 'text';
  /** The open raw text element, in which escaping has no effect. */
  let raw = '';
  let tag = '';
  let value = '';
  return strings.slice(0, -1).map(part => {
    for (const character of part) {
      if (state === 'quoted') {
        if (character === '"') [state, tag] = ['tag', ''];
        else value += character;
      } else if (state === 'tag') {
        if (character === '>') {
          const [, end = '', name = ''] = /^(\/?)(style|script)\b/i.exec(tag) ?? [];
          if (name !== '') raw = end === '' ? name : '';
          state = 'text';
        } else if (character === '"') [state, value] = ['quoted', ''];
        else tag += character;
      } else if (character === '<') [state, tag] = ['tag', ''];
    }
    return { where: whereIs(state, raw, tag, value) };
  });
}

function whereIs(state: 'text' | 'tag' | 'quoted', raw: string, tag: string, value: string): Hole['where'] {
  if (state === 'text') return raw === '' ? 'text' : 'nowhere';
  if (state === 'tag') return 'nowhere';
  const name = /([^\s="/]+)\s*=\s*$/.exec(tag)?.[1] ?? '';
  if (name === 'style') return 'number';
  // Links may only point into this page.
  return ACTIVE.test(name) && !value.startsWith('#') ? 'nowhere' : 'attribute';
}
