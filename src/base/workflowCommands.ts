/**
 * Workflow commands of GitHub Actions, which the runner obeys when it finds them in a log. Escaped as in actions/toolkit.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
import { sanitize } from './format.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

/** Characters; longer notes are not read. */
const LONGEST_MESSAGE = 4000;
const MOST_OF_A_TITLE = 200;

/**
 * One line of the log, shown as a note at the file in the pull request.
 * @param properties.file Relative to the workspace; undefined if the note concerns no file.
 * @param lines Are sanitized here.
 */
export function annotation(
  level: AnnotationLevel,
  properties: { readonly title: string; readonly file?: string | undefined },
  lines: readonly string[],
): string {
  const { file } = properties;
  const title = cut(properties.title, MOST_OF_A_TITLE);
  const named = [
    ...(file === undefined ? [] : [`file=${property(file)}`]),
    `title=${property(sanitize(title))}`,
  ];
  const text = lines.map(line => sanitize(line)).join('\n');
  return `::${level} ${named.join(',')}::${value(cut(text, LONGEST_MESSAGE))}`;
}

/** Text that the log folds under a title. */
export function group(title: string, text: string): string {
  return `::group::${value(sanitize(title))}\n${inert(text)}\n::endgroup::`;
}

/**
 * Text without commands: the runner obeys `::` at the start of a line, after blanks, and the older `##[` anywhere. Each
 * line is indented, so none begins with data.
 */
export function inert(text: string): string {
  return text
    .replace(/^(\s*):(?=:)/gm, '$1: ')
    .replaceAll('##[', '## [')
    .replace(/^(?=[^\r\n])/gm, '  ');
}

/** For JSON, whose lines never begin with data; its values stay the same. */
export const inertJson = (text: string): string => text.replaceAll('##[', '##\\u005b');

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);

function value(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
