/** The page of the search for suggestions: how far it is, and what it found so far. */
import { formatMs, sanitize } from '../../base/format.ts';
import { suggestionDocument } from '../../report/suggestion/document.ts';
import { foundText } from '../../report/suggestion/text.ts';
import type { FolderPrompt } from '../advice/adviceView.ts';
import { type Line, type Span, wrap } from '../cell.ts';
import type { State } from '../state/state.ts';
import { isSearching, type SuggestionSearch, unsavedSuggestions } from '../state/suggest.ts';
import { elapsed, spinner } from '../words.ts';

export function suggestionLines(state: State, width: number): Line[] {
  const { suggestions } = state;
  if (suggestions === undefined) return [];
  const { found, folder, said } = suggestions;
  const wrapped = ({ text, ...style }: Span): Line[] =>
    wrap(sanitize(text), width).map((one): Line => [{ text: one, ...style }]);
  return [
    ...wrapped(stateSpan(state, suggestions)),
    ...(said === undefined ? [] : wrapped({ text: said, color: 'cyan' })),
    ...(folder === undefined ? [] : promptLines(folder, wrapped)),
    ...(isSearching(state)
      ? wrapped({
          text: 'It runs in sessions of its own beside yours: run times on both sides vary more meanwhile.',
          dim: true,
        })
      : []),
    ...(found === undefined ? [] : [[], ...foundLines(state, found, width)]),
  ];
}

function stateSpan(state: State, search: SuggestionSearch): Span {
  const { since, until, why, words } = search;
  const took = formatMs(Math.max(0, (until ?? state.now) - since));
  switch (search.state) {
    case 'searching':
      return {
        text: `${spinner(state.now)} ${words} (${elapsed(state.now - since)}). x stops it; all below may still change.`,
        color: 'cyan',
      };
    case 'stopping':
      return { text: `${spinner(state.now)} stopping: its sessions are being rolled back`, color: 'cyan' };
    case 'stopped':
      return {
        text: `Stopped after ${took}${why === undefined ? '' : `: ${why}`}. r searches again.`,
        color: 'magenta',
      };
    case 'failed':
      return { text: `Failed after ${took}: ${why ?? ''}. r searches again.`, color: 'red', bold: true };
    case 'ended': {
      const count = unsavedSuggestions(state).length;
      const save = count === 0 ? '' : ' w saves them to files.';
      return {
        text: `Ended after ${took}. Suggestions are marked * in the list, switched off.${save}`,
        bold: true,
      };
    }
  }
}

function promptLines(folder: FolderPrompt, wrapped: (span: Span) => Line[]): Line[] {
  const characters = [...folder.text];
  const typed = `${characters.slice(0, folder.at).join('')}█${characters.slice(folder.at).join('')}`;
  return [
    ...wrapped({
      text: `Write the queries and ${folder.kept.length} suggestions to a new folder:`,
      bold: true,
    }),
    ...wrapped({ text: typed, bold: true }),
    ...(folder.busy ? wrapped({ text: 'writing …', dim: true }) : []),
    ...(folder.refused === undefined ? [] : wrapped({ text: folder.refused, color: 'red' })),
  ];
}

function foundLines(state: State, found: NonNullable<SuggestionSearch['found']>, width: number): Line[] {
  const { workload, target, session } = state;
  const about = {
    program: '',
    at: '',
    title: workload.title,
    target: { label: target.label, serverVersion: session?.serverVersion },
  };
  const document = suggestionDocument(found, about);
  // The first line says that it is under way.
  const [soFar, shown] = isSearching(state)
    ? [
        [`So far, ${found.queries.length} of ${workload.queries.length} queries:`],
        { ...document, complete: true },
      ]
    : [[], document];
  return [...soFar, ...foundText(shown, width).split('\n')].map((text): Line => [{ text }]);
}

/** For the status line, in as few words as possible; empty where there is nothing new. */
export function suggestionNotice(state: State): string {
  const { suggestions, overlay } = state;
  if (suggestions === undefined || overlay?.kind === 'suggestions') return '';
  switch (suggestions.state) {
    case 'searching':
      return `${spinner(state.now)} suggestions (S): ${suggestions.words}`;
    case 'stopping':
      return 'stopping the search';
    default:
      if (suggestions.seen) return '';
      return suggestions.state === 'ended' ? 'suggestions (S)' : `the search ${suggestions.state} (S)`;
  }
}

/** Numbers of the queries: `Q1, Q3`. */
export function queriesOf({ workload }: Pick<State, 'workload'>, ids: readonly string[]): string {
  const numbers = workload.queries.flatMap(({ id, number }) => (ids.includes(id) ? [number] : []));
  return [...new Set(numbers)].map(number => `Q${number}`).join(', ');
}
