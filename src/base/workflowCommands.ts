/**
 * Workflow commands of GitHub Actions: lines of a log that the runner obeys.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands; escaped as actions/toolkit does.
 */
import { sanitize } from './format.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

/** A page of text is more than a person reads beside a file. */
const LONGEST_MESSAGE = 4000;
const MOST_OF_A_TITLE = 200;

/**
 * One line of the log, and a note beside the file in the pull request.
 * @param properties.file Relative to the workspace; undefined for what is of no file.
 * @param lines Data among them is sanitized afterwards.
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

/** Lines that are folded under a title. */
export function group(title: string, text: string): string {
  return `::group::${value(sanitize(title))}\n${inert(text)}\n::endgroup::`;
}

/**
 * Text of which no line is a command or begins with data: the runner looks for `::` in front of a line, behind any
 * blanks, and for its older `##[` anywhere in it.
 */
export function inert(text: string): string {
  return text
    .replace(/^(\s*):(?=:)/gm, '$1: ')
    .replaceAll('##[', '## [')
    .replace(/^(?=[^\r\n])/gm, '  ');
}

/** The same of JSON, whose lines never begin with data, and whose data stays the same. */
export const inertJson = (text: string): string => text.replaceAll('##[', '##\\u005b');

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);

function value(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return value(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
