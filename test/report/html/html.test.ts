import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitize } from '../../../src/base/format.ts';
import { type Html, html } from '../../../src/report/html/html.ts';
import { anyCharacter } from '../../helpers/anyCharacter.ts';
import { adviceOfTexts, checkOfTexts, HOSTILE } from './pages.ts';

/** Pieces that data would need to become markup, among any others. */
const text = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc
    .array(
      fc.constantFrom('<', '>', '"', "'", '`', '&', '&amp;', '=', '/', '\\', '\0', '\n', ' ', 'x', '-->'),
    )
    .map(parts => parts.join('')),
);
const decoded = (markup: string) =>
  markup
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&#96;/g, '`')
    .replace(/&amp;/g, '&');

describe('html', () => {
  it('lets no datum open a tag, an attribute or an entity, and shows it as it is', () => {
    fc.assert(
      fc.property(text, datum => {
        const inText = html`<p>${datum}</p>`.toString().slice(3, -4);
        const inAttribute = html`<p title="${datum}"></p>`.toString().slice(10, -6);
        for (const shown of [inText, inAttribute]) {
          expect(shown).not.toMatch(/[<>"'`]/);
          expect(shown.replace(/&(?:amp|lt|gt|quot|#39|#96);/g, '')).not.toContain('&');
          expect(decoded(shown)).toBe(sanitize(datum, 'newlines'));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps markup of its own, and lists of it', () => {
    const items = ['<a>', 'b'].map(item => html`<li>${item}</li>`);
    expect(html`<ul>${items}</ul>${7}`.toString()).toBe('<ul><li>&lt;a&gt;</li><li>b</li></ul>7');
  });

  it('has no other way to make markup', () => {
    const forged = { toString: () => '<b>' } as unknown as Html;
    expect(() => html`${forged}`).toThrow();
  });

  it.each([
    ['outside quotes', () => html`<p title=${'x'}></p>`],
    ['as a name', () => html`<p ${'x'}="1"></p>`],
    ['in single quotes', () => html`<p title='${'x'}'></p>`],
    ['as an address', () => html`<a href="${'javascript:x'}"></a>`],
    ['after a scheme', () => html`<a href="https://${'x'}"></a>`],
    ['in a handler', () => html`<p onclick="${'x'}"></p>`],
    ['in a style', () => html`<style>${'x'}</style>`],
    ['in a script', () => html`<script>${'x'}</script>`],
    ['in a style attribute', () => html`<p style="width:${'1px;color:red'}"></p>`],
    ['as no number', () => html`<p style="width:${Number.NaN}%"></p>`],
    ['as markup in an attribute', () => html`<p title="${html`<b>`}"></p>`],
  ])('refuses data %s', (_, make) => {
    expect(make).toThrow();
  });

  it('lets numbers size a bar, and data name a place on the page', () => {
    expect(html`<i style="width:${12.5}%"></i>`.toString()).toBe('<i style="width:12.5%"></i>');
    expect(html`<a href="#query-${'<1'}">x</a>`.toString()).toBe('<a href="#query-&lt;1">x</a>');
  });
});

/** Tags, without what stands in their attributes, and without text. */
const skeleton = (page: string) => (page.match(/<[^>]*>/g) ?? []).map(tag => tag.replace(/"[^"]*"/g, '""'));

describe.each([
  ['check', checkOfTexts],
  ['advise', adviceOfTexts],
])('the page of %s', (_, pageOf) => {
  it('has the same markup whatever the database calls its objects', async () => {
    const [friendly, hostile] = [await pageOf(name => `x${name}`), await pageOf(name => HOSTILE + name)];
    expect(friendly.length).toBeGreaterThan(10_000);
    expect(skeleton(hostile)).toEqual(skeleton(friendly));
    expect(hostile.split('&lt;script&gt;').length).toBeGreaterThan(20);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
    expect(hostile).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e\u2028]/);
  });

  it('allows itself nothing but its own style, and asks for nothing', async () => {
    const page = await pageOf(name => name);
    const policy = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
    expect(page).toContain(`<meta http-equiv="Content-Security-Policy" content="${policy}">`);
    expect(page).not.toMatch(/<(?:script|img|link|iframe|object|embed|form|input|base|video|audio)\b/i);
    expect(page).not.toMatch(/\s(?:on\w+|src|srcset|action)="/i);
    expect(page).not.toMatch(/url\(|@import|https?:/i);
    expect([...page.matchAll(/href="(.)/g)].every(([, first]) => first === '#')).toBe(true);
  });

  it('reads as it did', async () => {
    const page = await pageOf(name => name);
    const lines = page
      .replace(/<style>[\s\S]*?<\/style>/, '')
      .replace(/<(?:\/?(?:tr|p|h\d|li|div|summary|section|article|text|dt|pre)\b)[^>]*>/g, '\n')
      .replace(/<[^>]*>/g, ' ')
      .split('\n')
      .map(line => decoded(line).replace(/\s+/g, ' ').trim())
      .filter(line => line !== '');
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`texts/${_}.txt`);
  });
});
