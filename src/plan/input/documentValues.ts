/** Values as FORMAT JSON types them, for the formats that have text alone or leave out what is empty. */

export type Draft = Record<string, unknown>;

/** Text, whatever it looks like: names, expressions, settings. */
const TEXT =
  /(?:Name|Alias|Schema|Relation|Cond|Condition|Filter|Keys?|Order By|SQL|Text|Parameters|Call|Mode|Relations|Window|Query|Type|Strategy|Method|Provider|Operation|Output|Item|Seed|Parameter|Command|Direction|Relationship|Storage|Resolution|Format)$/;
const NUMBER = /^-?\d{1,20}(?:\.\d{1,20})?$/;
const FLAGS: ReadonlySet<string> = new Set([
  'Parallel Aware',
  'Async Capable',
  'Inner Unique',
  'Single Copy',
  'Disabled',
  'Inlining',
  'Optimization',
  'Expressions',
  'Deforming',
]);

/** Lists in JSON, also where they are empty. */
export function listed(key: string): boolean {
  return /^(?:Plans|Workers|Triggers|Output|(?:Sort|Presorted|Group|Hash) Keys?|Grouping Sets|Target Tables)$/.test(
    key,
  );
}

/** @param parent Key of the record that it stands in: of the settings all are text. */
export function typedText(key: string, text: string, parent: string | undefined): unknown {
  const trimmed = text.trim();
  if (parent === 'Settings') return text;
  if (listed(key) && trimmed === '') return [];
  if (FLAGS.has(key) && (trimmed === 'true' || trimmed === 'false')) return trimmed === 'true';
  if (TEXT.test(key) || !NUMBER.test(trimmed)) return text;
  const number = Number(trimmed);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? trimmed : number;
}
