/** What stands around every single line: numbers, an exported INSERT, a word processor's dots. */
import type { Line } from './source.ts';

/** `12. -> Append`, `12) -> Append`, `12 | -> Append`: a column of line numbers that somebody copied as well. */
const NUMBERED = /^ {0,8}(\d{1,6})(?:[.):]|\s?\|)(?=\s|$)\s?/;
/** A query tool's export of its result: `INSERT INTO "t"("QUERY PLAN") VALUES ('  ->  Seq Scan …');`. */
const INSERTED = /^\s*INSERT INTO [^']{1,200} VALUES \('(.*)'\);?\s*$/i;

export function unframeLines(lines: readonly Line[]): readonly Line[] {
  return withoutDots(withoutInserts(withoutNumbers(lines)));
}

/** Only where they count up by one, line after line. */
function withoutNumbers(lines: readonly Line[]): readonly Line[] {
  const numbers = lines.flatMap(({ text }) => {
    const found = NUMBERED.exec(text)?.[1];
    return found === undefined ? [] : [Number(found)];
  });
  const [first] = numbers;
  if (first === undefined || numbers.length < 2 || numbers.some((number, index) => number !== first + index))
    return lines;
  return lines.map(line => ({ ...line, text: line.text.replace(NUMBERED, '') }));
}

function withoutInserts(lines: readonly Line[]): readonly Line[] {
  const first = lines.find(({ text }) => text.trim() !== '');
  if (first === undefined || !INSERTED.test(first.text)) return lines;
  return lines.map(line => {
    const [, value] = INSERTED.exec(line.text) ?? [];
    return value === undefined ? line : { ...line, text: value.replaceAll("''", "'") };
  });
}

/** `cost=0.00…35.50`: two dots between figures became one character. */
function withoutDots(lines: readonly Line[]): readonly Line[] {
  return lines.map(line =>
    line.text.includes('…') ? { ...line, text: line.text.replace(/(\d)…(?=\d)/g, '$1..') } : line,
  );
}
