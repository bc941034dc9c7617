import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, decodeRest, type Input, NOTHING_UNDECODED } from '../../src/tui/decodeKeys.ts';

/** All that comes of these reads, an hour apart; then nothing more comes. */
function decoded(...reads: readonly string[]): Input[] {
  let undecoded = NOTHING_UNDECODED;
  const inputs: Input[] = [];
  for (const [hour, read] of reads.entries()) {
    const { inputs: more, undecoded: rest } = decode(undecoded, read, hour * 3_600_000);
    inputs.push(...more);
    undecoded = rest;
  }
  return [...inputs, ...decodeRest(undecoded)];
}

const keys = (...names: readonly string[]): Input[] => names.map(key => ({ key }));
/** A text in brackets is in one piece, however it was cut. */
const bracketed = (text: string): string => `\u001b[200~${text}\u001b[201~`;

/** What a terminal sends for a key, and its name. */
const SENT: readonly (readonly [string, string])[] = [
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\u001b[Z', 'shift+tab'],
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[1;5C', 'right'],
  ['\u001b[D', 'left'],
  ['\u001b[H', 'home'],
  ['\u001b[4~', 'end'],
  ['\u001b[3~', 'backspace'],
  ['\u001b[5~', 'pageup'],
  ['\u001b[6~', 'pagedown'],
  ['\u0003', 'ctrl+c'],
  ['\u0015', 'ctrl+u'],
  [' ', 'space'],
  ['j', 'j'],
];

describe('keys', () => {
  it.each(SENT)('%j is %s, once and repeated in one read', (sent, name) => {
    for (const times of [1, 2, 3, 9])
      expect(decoded(sent.repeat(times))).toEqual(keys(...Array<string>(times).fill(name)));
  });

  it('a lone ESC is a key, several are several', () => {
    expect(decoded('\u001b')).toEqual(keys('escape'));
    expect(decoded('\u001b\u001b\u001b')).toEqual(keys('escape', 'escape', 'escape'));
    expect(decoded('\u001b\u001b[A')).toEqual(keys('escape', 'up'));
    expect(decoded('\u001bj')).toEqual(keys('alt+j'));
    expect(decoded('\u001b', 'j')).toEqual(keys('escape', 'j'));
    expect(decoded('\u001b\u0003')).toEqual(keys('escape', 'ctrl+c'));
    expect(decoded('\u001b\r')).toEqual(keys('alt+enter'));
  });

  it('of several kinds come in one read', () => {
    expect(decoded('jj a3')).toEqual(keys('j', 'j', 'space', 'a', '3'));
    expect(decoded('e\u0015lots\r')).toEqual(keys('e', 'ctrl+u', 'l', 'o', 't', 's', 'enter'));
    expect(decoded('j\r')).toEqual(keys('j', 'enter'));
  });

  it('are the same in whichever reads they come', () => {
    const presses = fc.array(fc.constantFrom(...SENT), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(presses, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (sent, sizes) => {
        // Ctrl-U at the end: what has a control character is no paste.
        const all = `${sent.map(([text]) => text).join('')}\u0015`;
        const reads: string[] = [];
        for (let at = 0; at < all.length; ) {
          const size = sizes.next().value ?? 1;
          // A lone ESC is held back, and what follows it completes it; text alone may be a paste.
          reads.push(all.slice(at, at + size));
          at += size;
        }
        fc.pre(reads.every(read => read.length < 4 || read.includes('\u0015')));
        const names = sent.map(([, name]) => name);
        fc.pre(reads.every(read => !/[\r].*[^\r]|[^\r].*[\r]/.test(read)));
        expect(decoded(...reads)).toEqual(keys(...names, 'ctrl+u'));
      }),
    );
  });

  it('are not what a terminal answers or never was asked for', () => {
    expect(decoded('\u001b]52;c;aGVsbG8=\u0007j\u001b[?1;2cj\u001bP1$r0m\u001b\\j')).toEqual(
      keys('j', 'j', 'j'),
    );
  });
});

describe('the mouse', () => {
  const decoded = (read: string) => decode(NOTHING_UNDECODED, read, 0).inputs;
  it('clicks and turns its wheel, in between keys; releases and other buttons mean nothing', () => {
    expect(
      decoded('j\u001b[<0;12;5M\u001b[<0;12;5m\u001b[<65;200;60M\u001b[<64;1;1M\u001b[<2;1;1Mk'),
    ).toEqual([
      { key: 'j' },
      { mouse: { kind: 'click', column: 11, row: 4 } },
      { mouse: { kind: 'wheel-down', column: 199, row: 59 } },
      { mouse: { kind: 'wheel-up', column: 0, row: 0 } },
      { key: 'k' },
    ]);
  });

  it('may be cut anywhere between two reads', () => {
    const whole = '\u001b[<0;12;5M';
    for (let at = 1; at < whole.length; at++) {
      const first = decode(NOTHING_UNDECODED, whole.slice(0, at), 0);
      expect(first.inputs).toEqual([]);
      expect(decode(first.undecoded, whole.slice(at), 1).inputs).toEqual([
        { mouse: { kind: 'click', column: 11, row: 4 } },
      ]);
    }
  });
});

describe('function keys', () => {
  it.each(['\u001bOQ', '\u001b[12~', '\u001b[[B'])('%j is F2', read => {
    expect(decode(NOTHING_UNDECODED, read, 0).inputs).toEqual(keys('f2'));
  });
});

describe('a paste', () => {
  it.each([
    'CREATE INDEX ON orders (status)',
    'CREATE INDEX ON orders (status)\r',
    'DROP INDEX i;\rSELECT 1',
    'quit',
    'hello',
    'id\r',
    'a\rb',
    'Überprüfung',
    'a > 5 AND b',
  ])('without brackets is text: %j', text => {
    expect(decoded(text)).toEqual([{ paste: text.replaceAll('\r', '\n') }]);
  });

  it.each(['jjjj', 'jjjjkkkk', 'gg', 'G3', ' j ', 'jjk', '\r\r', 'qq', 'Djjjsjjj'])(
    'is not %j, keys held or pressed quickly',
    text => {
      expect(decoded(text)).toEqual(
        keys(...[...text].map(key => (key === ' ' ? 'space' : key === '\r' ? 'enter' : key))),
      );
    },
  );

  it('without brackets goes on in the reads that follow at once', () => {
    const first = decode(NOTHING_UNDECODED, 'SELECT 1 '.repeat(400), 1000);
    expect(decode(first.undecoded, 'q\r', 1100).inputs).toEqual([{ paste: 'q\n' }]);
    expect(decode(first.undecoded, 'q\r', 2000).inputs).toEqual(keys('q', 'enter'));
  });

  it('in brackets is text however short, and keys before and after it are keys', () => {
    expect(decoded(`j${bracketed('q')}k`)).toEqual([{ key: 'j' }, { paste: 'q' }, { key: 'k' }]);
    expect(decoded(bracketed('a\r\nb\rc\td\u0003\u0000e'))).toEqual([{ paste: 'a\nb\nc\tde' }]);
    expect(decoded(bracketed('one') + bracketed('two'))).toEqual([{ paste: 'one' }, { paste: 'two' }]);
  });

  it('in brackets is the same in whichever reads it comes', () => {
    const text = fc.string({
      unit: fc.constantFrom('q', '\n', ' ', 'ü', '🐘', '[', '2', '~'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (pasted, sizes) => {
        const characters = [...bracketed(pasted), '\u0003'];
        const reads: string[] = [];
        while (characters.length > 0) reads.push(characters.splice(0, sizes.next().value ?? 1).join(''));
        expect(decoded(...reads)).toEqual([{ paste: pasted }, { key: 'ctrl+c' }]);
      }),
    );
  });

  it('is text beside other keys and brackets', () => {
    expect(decoded(`quit and all that\r${bracketed('q')}\u001b`)).toEqual([
      { paste: 'quit and all that\n' },
      { paste: 'q' },
      { key: 'escape' },
    ]);
    expect(decoded('SELECT 1 FROM orders\r\u001b[A')).toEqual([
      { paste: 'SELECT 1 FROM orders\n' },
      { key: 'up' },
    ]);
  });

  it('whose end never comes is given up, and is never longer than it may be', () => {
    expect(decoded('\u001b[200~abc', 'def')).toEqual([{ paste: 'abcdef' }]);
    const [long] = decoded('\u001b[200~', ...Array<string>(100).fill('x'.repeat(9000)));
    expect(long).toEqual({ paste: 'x'.repeat(100_000) });
  });
});
