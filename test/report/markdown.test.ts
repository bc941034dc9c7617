import { describe, expect, it } from 'vitest';
import { code, details, fence, table, text } from '../../src/report/markdown.ts';

const ESC = String.fromCharCode(27);

describe('text', () => {
  it.each([
    ['a|b', 'a&#124;b'],
    ['<img src=x onerror=y> & co', '&lt;img src=x onerror=y&gt; &amp; co'],
    ['`x` *y* _z_ [l](u) # $m$ ~s~ \\', '\\`x\\` \\*y\\* \\_z\\_ \\[l\\](u) \\# \\$m\\$ \\~s\\~ \\\\'],
    ['one\ntwo', 'one␊two'],
    ['https://e.example www.e.example', 'https\\://e.example www\\.e.example'],
    ['@all', '@&#8288;all'],
    ['- a', '\\- a'],
    ['12) a - b', '12\\) a - b'],
    ['-5 2.5', '-5 2.5'],
    [`${ESC}[31m`, '␛\\[31m'],
  ])('%j', (data, markdown) => {
    expect(text(data)).toBe(markdown);
  });
});

describe('code', () => {
  it.each([
    ['idx_orders', '`idx_orders`'],
    ['a|`b`', '<code>a&#124;\\`b\\`</code>'],
    ['\\', '<code>\\\\</code>'],
    ['</code>|', '<code>&lt;/code&gt;&#124;</code>'],
    [' x', '<code> x</code>'],
    ['', ''],
    ['a\nb', '`a␊b`'],
  ])('%j', (data, markdown) => {
    expect(code(data)).toBe(markdown);
  });
});

it('a fence is longer than any run of backticks in it', () => {
  expect(fence('text', ['a', '````', `b${ESC}`])).toBe('`````text\na\n````\nb␛\n`````');
});

it('a fold’s summary is no HTML', () => {
  expect(details('x', 'body', true)).toMatch(/^<details open>/);
  expect(details('<b> a_b | c', 'body')).toContain('<summary>&lt;b&gt; a_b &#124; c</summary>');
});

it('a table has as many bars in each line', () => {
  const lines = table(['a', 'b'], [[text('1|2'), code('x|y')]], new Set([1])).split('\n');
  expect(lines).toEqual(['| a | b |', '| --- | ---: |', '| 1&#124;2 | <code>x&#124;y</code> |']);
});
