// Writes the table of rules into docs/plans.md, from the one table of rules: npm run readme
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RULES } from '../src/plan/findings/rules.ts';

const DOCUMENT = new URL('../docs/plans.md', import.meta.url);

export function ruleTableMarkdown(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = RULES.map(({ name, about, source }) => `| \`${name}\` | ${cell(about)} | ${cell(source)} |`);
  return ['| Rule | What it finds, and how severe | Source |', '|---|---|---|', ...rows].join('\n');
}

/** Tests import the table only. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(
    DOCUMENT,
    text.replace(
      /<!-- rules -->[\s\S]*<!-- \/rules -->/,
      () => `<!-- rules -->\n${ruleTableMarkdown()}\n<!-- /rules -->`,
    ),
  );
}
