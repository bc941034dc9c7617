/** The documents of the repository, for the tests that hold them to the program. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
export const exists = (path: string): boolean => existsSync(join(ROOT, path));

/** Paths of the pages in docs/. */
export const PAGES: readonly string[] = readdirSync(join(ROOT, 'docs'))
  .filter(name => name.endsWith('.md'))
  .map(name => `docs/${name}`);

/** Every page that a user reads. */
export const DOCUMENTS: readonly string[] = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...PAGES];

/** Words, not the signs between them: the bars of a table are none. */
export const wordsOf = (page: string): number =>
  page.split(/\s+/).filter(token => /[\p{L}\p{N}]/u.test(token)).length;

/** Every key anywhere in a value; arrays count as their items. */
export function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

/** What a page says in `code`, without the brackets of a list. */
export const namesIn = (page: string): ReadonlySet<string> =>
  new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name.replace(/\[\]$/, '')));

/** The names in the first column of a page's tables: the fields that it describes. */
export const columnNames = (page: string): readonly string[] =>
  page.split('\n').flatMap(line => [...namesIn(/^(`.*?|of .*?) \|/.exec(line)?.[1] ?? '')]);

/** Without what is code, not prose. */
export const proseOf = (page: string): string =>
  page.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...page.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm)];
  return new Set(
    headings.map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** @returns Links of a document that lead nowhere: to a missing file, or to a heading that its page does not have. */
export function brokenLinks(path: string): readonly string[] {
  const links = [...proseOf(readDocument(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter(link => {
    if (/^https?:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    return !exists(target) || (anchor !== undefined && !anchorsOf(readDocument(target)).has(anchor));
  });
}

interface Quoted {
  readonly path: string;
  /** What follows `pgopt-explore`. */
  readonly words: readonly string[];
}

/** The program's command lines in a document, in blocks and in sentences. */
export function commandLines(path: string): readonly Quoted[] {
  const page = readDocument(path);
  const blocks = [...page.matchAll(/```\w*\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const quoted = [...page.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...blocks, ...quoted].flatMap(line => {
    const said = /(?:^|[|:] |[A-Z]+=\S+ |^npx )(?:npx )?pgopt-explore( [^#|>]*)?(?:[#|>]|$)/.exec(
      line.trim(),
    );
    return said === null
      ? []
      : [
          {
            path,
            words: (said[1] ?? '')
              .trim()
              .split(/\s+/)
              .filter(word => word !== ''),
          },
        ];
  });
}
