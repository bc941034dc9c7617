// Writes the key table into README.md, from the one table of keys: npm run readme
import { readFileSync, writeFileSync } from 'node:fs';
import { keyTableMarkdown } from '../src/tui/keymap.ts';

const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
writeFileSync(
  readme,
  text.replace(/<!-- keys -->[\s\S]*<!-- \/keys -->/, `<!-- keys -->\n${keyTableMarkdown()}\n<!-- /keys -->`),
);
