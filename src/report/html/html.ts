/**
 * HTML that cannot forget to escape: `html` makes every interpolated string text, wherever it stands. Only an `Html` stays
 * markup, and only this file makes one. A template that puts data where no escaping helps does not run at all. Pure.
 */
import { sanitize } from '../../base/format.ts';

/** Markup. Private: nothing else passes for one. */
export class Html {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }
  /** For this file only; `html` is the way to make one. */
  static make(strings: readonly string[], values: readonly Value[], holes: readonly Hole[]): Html {
    // A plan may be nested thousands of levels deep: what is appended is not copied, what is joined would be.
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

export type Value = string | number | Html | readonly Html[];

interface Hole {
  readonly where: 'text' | 'attribute' | 'number' | 'nowhere';
}

const NOWHERE: Hole = { where: 'nowhere' };
/** Of each template where its data stand: looked up once. */
const known = new WeakMap<TemplateStringsArray, readonly Hole[]>();

/** @throws Error for data inside a tag but outside quotes, in a script, a style or an address: an error of the program. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const holes = known.get(strings) ?? holesOf(strings);
  known.set(strings, holes);
  return Html.make(strings, values, holes);
}

export const NONE = html``;

/** Empty for undefined: a template for optional parts. */
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

/** Ends of lines and tabs stay; other controls and invisible characters are shown, as on a terminal. */
const escapeHtml = (text: string): string =>
  sanitize(text, 'newlines').replace(/[&<>"'`]/g, character => ENTITIES[character] ?? '');

/** Attributes that load or run what stands in them, whatever is escaped. */
const ACTIVE =
  /^(?:on.*|href|src|srcset|srcdoc|action|formaction|data|poster|background|cite|ping|xlink:href)$/i;

function holesOf(strings: readonly string[]): readonly Hole[] {
  let state: 'text' | 'tag' | 'quoted' = 'text';
  /** The raw text element that is open: escaping means nothing in it. */
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
  // Within this page only.
  return ACTIVE.test(name) && !value.startsWith('#') ? 'nowhere' : 'attribute';
}
