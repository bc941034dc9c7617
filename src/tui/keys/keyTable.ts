/**
 * The keys, one row each: program, group, command, keys, places, word for the footer ('' keeps it out), title, and why it
 * cannot act now. The footer, the help, the palette and docs/keys.md are made from these rows; the handlers stand in the files
 * beside this one, by concept.
 */

import type { Reason } from './reasons.ts';
import * as why from './reasons.ts';

const panes = ['proposals', 'queries', 'plan'] as const;
const pages = ['overlay', 'help', 'requirements', 'settings', 'advice', 'suggestions', 'history'] as const;
/** A text is typed here: a key without a command is a character of it. */
export const PROMPTS = ['editing', 'search', 'filter', 'typing', 'folder', 'palette'] as const;

/** Where a key is pressed. A set of places has one name in the table. */
const PLACES = {
  proposals: ['proposals'],
  queries: ['queries'],
  lists: ['proposals', 'queries'],
  plan: ['plan'],
  panes,
  requirements: ['requirements'],
  history: ['history'],
  filterable: ['proposals', 'queries', 'help', 'requirements', 'settings', 'history', 'advice'],
  filter: ['filter'],
  palette: ['palette'],
  narrowed: ['filter', 'palette'],
  question: ['question'],
  planOrPage: ['plan', 'overlay'],
  settings: ['settings'],
  advice: ['advice'],
  suggestions: ['suggestions'],
  pages,
  moving: [...panes, ...pages],
  scrolling: [...panes, ...pages, 'asking'],
  editing: ['editing'],
  search: ['search'],
  typing: ['typing'],
  folder: ['folder'],
  prompts: PROMPTS,
  asking: ['asking'],
  lost: ['lost'],
  leaving: [...panes, 'starting', 'asking', 'lost', 'small'],
  anywhere: [...panes, ...pages, ...PROMPTS, 'question', 'starting', 'asking', 'lost', 'small'],
} as const;

export type Place = (typeof PLACES)[keyof typeof PLACES][number];
export type Program = 'explorer' | 'viewer';

export const GROUPS = [
  'Switch',
  'Leave',
  'Move',
  'Plan',
  'Search',
  'Look',
  'Settings',
  'Propose',
  'Advice',
  'Measure',
  'Text',
] as const;
/** `Text` is what every line of text does in a terminal: the help and the README leave it out. */
export type Group = (typeof GROUPS)[number];

type Row = readonly [
  program: Program | 'both',
  group: Group,
  command: string,
  /** Names as decodeKeys gives them, a blank between two. */
  keys: string,
  places: keyof typeof PLACES,
  hint: string,
  title: string,
  cannot?: Reason,
];

// biome-ignore format: a key, a line
const ROWS = [
  ['explorer', 'Switch', 'switch', 'space', 'proposals', 'switch', 'switch this proposal', why.noProposal],
  ['explorer', 'Switch', 'all', 'a', 'panes', 'all', 'all proposals on, or all off', why.noneToSwitch],
  ['explorer', 'Switch', 'only', 'O', 'proposals', '', 'only this one, and back', why.noProposal],
  ['explorer', 'Switch', 'undo', 'U', 'moving', '', 'undo the last switch', why.nothingToUndo],
  ['explorer', 'Settings', 'setting-more', 'right l', 'settings', 'more', 'the next value up', why.noSetting],
  ['explorer', 'Settings', 'setting-less', 'left h', 'settings', 'less', 'the next value down', why.noSetting],
  ['explorer', 'Settings', 'setting-switch', 'space', 'settings', 'switch', 'a changed one off, and on again', why.noSetting],
  ['explorer', 'Settings', 'setting-type', 'enter e', 'settings', 'type', 'type a value', why.noSetting],
  ['explorer', 'Settings', 'setting-own', 'backspace 0', 'settings', 'server’s own', 'back to the server’s own value', why.notChanged],
  ['explorer', 'Settings', 'setting-all', 'a', 'settings', 'all off', 'all changed ones off, or on', why.noneChanged],
  ['explorer', 'Settings', 'value-submit', 'enter', 'typing', 'take it', 'take the value'],
  ['explorer', 'Settings', 'value-cancel', 'escape', 'typing', 'leave it', 'leave it as it was'],
  ['explorer', 'Propose', 'new-proposal', 'n', 'lists', 'new', 'write a new proposal and try it'],
  ['explorer', 'Propose', 'edit-proposal', 'e', 'proposals', 'edit', 'edit this one, and try it', why.noProposal],
  ['explorer', 'Propose', 'remove-proposal', 'd', 'proposals', '', 'leave it out', why.removalAsks],
  ['explorer', 'Propose', 'save-proposal', 'w', 'proposals', '', 'save it to a file', why.nothingToSave],
  ['explorer', 'Propose', 'edit-submit', 'enter', 'editing', 'build', 'build it'],
  ['explorer', 'Propose', 'text-line', 'alt+enter', 'editing', '', 'a new line'],
  ['explorer', 'Propose', 'edit-complete', 'tab', 'editing', 'complete', 'complete a name'],
  ['explorer', 'Propose', 'edit-external', 'ctrl+x', 'editing', '$EDITOR', 'in $EDITOR'],
  ['explorer', 'Propose', 'edit-cancel', 'escape', 'editing', 'forget', 'forget it'],
  ['both', 'Text', 'text-left', 'left', 'prompts', '', 'a character back'],
  ['both', 'Text', 'text-right', 'right', 'prompts', '', 'a character on'],
  ['explorer', 'Text', 'text-up', 'up', 'editing', '', 'a line up'],
  ['explorer', 'Text', 'text-down', 'down', 'editing', '', 'a line down'],
  ['both', 'Text', 'text-home', 'ctrl+a home', 'prompts', '', 'to the start of the line'],
  ['both', 'Text', 'text-end', 'ctrl+e end', 'prompts', '', 'to the end of the line'],
  ['both', 'Text', 'text-erase', 'backspace', 'prompts', '', 'the last character'],
  ['both', 'Text', 'text-erase-word', 'ctrl+w', 'prompts', '', 'the last word'],
  ['both', 'Text', 'text-erase-all', 'ctrl+u', 'prompts', '', 'all before the cursor'],
  ['explorer', 'Look', 'open-ddl', 'enter', 'proposals', 'DDL', 'its DDL and built sizes', why.noProposal],
  ['explorer', 'Look', 'open-plan', 'enter', 'queries', 'plan', 'go to its plan'],
  ['explorer', 'Look', 'open-evidence', 'enter', 'requirements', 'evidence', 'evidence of a requirement'],
  ['both', 'Plan', 'open-node', 'enter', 'plan', 'node', 'everything about the node', why.noPlan],
  ['explorer', 'Measure', 'cancel', 'x', 'panes', 'cancel', 'cancel what runs', why.nothingRuns],
  ['both', 'Plan', 'costliest', 'c', 'plan', 'costliest', 'go to the costliest node', why.noPlan],
  ['both', 'Plan', 'next-change', 'n', 'plan', 'change', 'next change, the biggest first', why.nothingToFollow],
  ['both', 'Plan', 'previous-change', 'N', 'plan', '', 'the change before', why.nothingToFollow],
  ['both', 'Plan', 'search', '/', 'plan', 'search', 'search: n and N go on', why.noPlan],
  ['both', 'Plan', 'next-metric', ']', 'plan', 'bars', 'what the bars measure', why.noPlan],
  ['both', 'Plan', 'previous-metric', '[', 'plan', '', 'the same, backwards', why.noPlan],
  ['explorer', 'Switch', 'settings', 'o', 'moving', 'settings', 'planner settings: change, switch'],
  ['both', 'Plan', 'unified', 'u', 'panes', 'unified', 'in one tree, or side by side', why.oneSide],
  ['both', 'Plan', 'collapse', 'h', 'plan', 'fold', 'collapse, then to its parent', why.noPlan],
  ['both', 'Plan', 'expand', 'l', 'plan', '', 'expand, then to its first child', why.noPlan],
  ['both', 'Plan', 'collapse-all', 'H', 'plan', '', 'collapse all', why.noPlan],
  ['both', 'Plan', 'expand-all', 'L', 'plan', '', 'expand all', why.noPlan],
  ['both', 'Plan', 'wrap', 'w', 'plan', '', 'labels whole', why.noPlan],
  ['both', 'Plan', 'copy-node', 'y', 'planOrPage', '', 'copy the node (OSC 52)', why.noPlan],
  ['both', 'Plan', 'copy-plan', 'Y', 'planOrPage', '', 'copy the plan as JSON', why.noPlan],
  ['both', 'Plan', 'search-cancel', 'escape', 'plan', '', 'forget the search'],
  ['both', 'Search', 'search-done', 'enter', 'search', 'keep', 'keep the search'],
  ['both', 'Search', 'search-cancel', 'escape', 'search', 'forget', 'forget the search'],
  ['explorer', 'Search', 'filter-done', 'enter', 'filter', 'keep', 'keep the filter'],
  ['explorer', 'Search', 'filter-clear', 'escape', 'filter', 'all rows', 'show all rows'],
  ['explorer', 'Search', 'filter-clear', 'escape', 'lists', '', 'show all rows', why.noFilter],
  ['both', 'Move', 'next-pane', 'tab right', 'panes', 'pane', 'next pane', why.onePane],
  ['explorer', 'Move', 'panel', 'f2 f3 f4 f5', 'panes', '', 'the panel with this number in its title'],
  ['both', 'Move', 'query', '1 2 3 4 5 6 7 8 9 0', 'panes', 'query', 'the query or statement; g12: the 12th', why.oneQuery],
  ['explorer', 'Look', 'sort', '>', 'queries', 'sort', 'sort by time, gain, name'],
  ['explorer', 'Move', 'values', 'v', 'panes', '', 'next values of its parameters', why.oneSetOfValues],
  ['viewer', 'Move', 'next-statement', '> .', 'plan', 'next statement', 'next statement', why.lastStatement],
  ['viewer', 'Move', 'previous-statement', '< ,', 'plan', '', 'previous statement', why.firstStatement],
  ['both', 'Plan', 'side', 'b', 'panes', 'before/after', 'one plan: before, or after', why.oneSide],
  ['both', 'Look', 'sql', 's', 'moving', 'SQL', 'SQL, as it is planned'],
  ['explorer', 'Measure', 'measure-again', 'r', 'panes', 'measure', 'measure the query in view again', why.neverRuns],
  ['explorer', 'Look', 'summary', 't', 'moving', 'table', 'table of all queries'],
  ['explorer', 'Look', 'ledger', 'i', 'moving', 'ledger', 'ledger: statements sent, locks held'],
  ['explorer', 'Look', 'requirements', 'B', 'moving', 'requirements', 'requirements, before and after'],
  ['explorer', 'Look', 'production', 'p', 'panes', 'production', 'production’s plans and sizes, and back', why.isLens],
  ['explorer', 'Look', 'lens', 'P', 'moving', '', 'what is assumed about production'],
  ['explorer', 'Look', 'history', 'C', 'moving', '', 'configurations that were tried'],
  ['explorer', 'Look', 'return-to', 'enter', 'history', 'return', 'return to this configuration', why.noneTried],
  ['explorer', 'Look', 'palette', ': ctrl+p', 'moving', '', 'find a command by its name'],
  ['explorer', 'Look', 'palette-run', 'enter', 'palette', 'run', 'run the command'],
  ['explorer', 'Look', 'palette-close', 'escape', 'palette', 'back', 'close the palette'],
  ['explorer', 'Look', 'mouse', 'm', 'moving', '', 'mouse off, to select text, and on'],
  ['explorer', 'Advice', 'advice', 'A', 'moving', 'advice', 'advice: what to keep, of all'],
  ['explorer', 'Advice', 'switch-to', 'enter', 'advice', 'switch', 'switch to this configuration', why.noConfiguration],
  ['explorer', 'Advice', 'next-page', 'tab', 'advice', 'page', 'next page'],
  ['explorer', 'Advice', 'previous-page', 'shift+tab', 'advice', '', 'page before'],
  ['explorer', 'Advice', 'turn-to-page', '1 2 3 4', 'advice', '', 'choices, matrix, frontier, production'],
  ['explorer', 'Advice', 'left', 'left h', 'advice', '', 'matrix: proposal to the left', why.noMatrix],
  ['explorer', 'Advice', 'right', 'right l', 'advice', 'proposal', 'matrix: proposal to the right', why.noMatrix],
  ['explorer', 'Advice', 'survey-pause', 'p', 'advice', 'pause', 'pause the survey, go on', why.noSurveyRuns],
  ['explorer', 'Advice', 'survey-stop', 'x', 'advice', 'stop', 'stop it, keep what it has', why.noSurveyRuns],
  ['explorer', 'Advice', 'survey-begin', 'r', 'advice', 'survey', 'begin a survey, again', why.cannotBegin],
  ['explorer', 'Advice', 'write-change', 'W', 'advice', 'write', 'write the change to a folder', why.nothingToWrite],
  ['explorer', 'Advice', 'folder-write', 'enter', 'folder', 'write it', 'write it there'],
  ['explorer', 'Advice', 'folder-cancel', 'escape', 'folder', 'write nothing', 'write nothing'],
  ['explorer', 'Propose', 'suggest', 'S', 'moving', 'suggest', 'search for suggestions; how far it is', why.cannotSuggest],
  ['explorer', 'Propose', 'suggest-stop', 'x', 'suggestions', 'stop', 'stop the search, keep what it has', why.noSearchRuns],
  ['explorer', 'Propose', 'suggest-again', 'r', 'suggestions', 'again', 'search again', why.cannotSearch],
  ['explorer', 'Propose', 'suggest-save', 'w', 'suggestions', 'save', 'save all suggestions to files', why.noUnsavedSuggestion],
  ['explorer', 'Look', 'confirm', 'y enter', 'asking', 'yes, go on', 'yes: open the transaction'],
  ['explorer', 'Look', 'zoom', 'z', 'panes', 'zoom', 'this pane alone, and back'],
  ['explorer', 'Search', 'filter', '/', 'filterable', 'filter', 'filter the rows', why.noRows],
  ['both', 'Move', 'previous-pane', 'shift+tab left', 'panes', '', 'previous pane', why.onePane],
  ['both', 'Move', 'down', 'j down', 'scrolling', '', 'down'],
  ['both', 'Move', 'up', 'k up', 'scrolling', '', 'up'],
  ['both', 'Move', 'page-down', 'ctrl+d pagedown', 'scrolling', '', 'half a page down'],
  ['both', 'Move', 'page-up', 'ctrl+u pageup', 'scrolling', '', 'half a page up'],
  ['both', 'Move', 'top', 'g home', 'scrolling', '', 'to the first line'],
  ['both', 'Move', 'bottom', 'G end', 'scrolling', '', 'to the last line'],
  ['explorer', 'Text', 'down', 'down', 'narrowed', '', 'down'],
  ['explorer', 'Text', 'up', 'up', 'narrowed', '', 'up'],
  ['explorer', 'Look', 'ddl', 'D', 'moving', '', 'DDL of the proposal', why.noProposal],
  ['explorer', 'Look', 'problems', 'E', 'moving', '', 'errors in the workload’s files'],
  ['both', 'Look', 'marks', 'M', 'moving', '', 'legend of the marks: ~ - > ! ⚠ ◀ ∥ ='],
  ['both', 'Look', 'help', '?', 'moving', 'help', 'this help'],
  ['both', 'Leave', 'close', 'escape q', 'pages', 'back', 'close what lies above'],
  ['explorer', 'Leave', 'answer-yes', 'y enter', 'question', 'yes', 'yes: discard it'],
  ['explorer', 'Leave', 'answer-no', 'n escape', 'question', 'no', 'no: go on'],
  ['explorer', 'Measure', 'restart', 'R', 'panes', '', 'start afresh: a new transaction', why.restartAsks],
  ['explorer', 'Leave', 'reconnect', 'r', 'lost', 'reconnect', 'reconnect, and build anew', why.reconnects],
  ['both', 'Leave', 'quit', 'q', 'leaving', 'quit', 'roll back and quit', why.quitAsks],
  ['both', 'Leave', 'interrupt', 'ctrl+c', 'anywhere', '', 'roll back and quit, from anywhere'],
  ['both', 'Leave', 'suspend', 'ctrl+z', 'anywhere', '', 'to the shell; fg comes back'],
] as const satisfies readonly Row[];

type KeyRow = (typeof ROWS)[number];

/** Commands of keys. Besides those of the rows: a typed character, and a pasted text. */
export type CommandId = KeyRow[2] | 'type' | 'paste';
export type ExplorerCommand = Exclude<KeyRow, readonly ['viewer', ...unknown[]]>[2] | 'type' | 'paste';
export type ViewerCommand = Extract<KeyRow, readonly ['both' | 'viewer', ...unknown[]]>[2] | 'type' | 'paste';
export type Move = Extract<CommandId, 'up' | 'down' | 'page-up' | 'page-down' | 'top' | 'bottom'>;

export interface Binding {
  readonly program: Program | 'both';
  readonly group: Group;
  readonly command: CommandId;
  readonly keys: readonly string[];
  readonly places: readonly Place[];
  readonly hint: string;
  readonly title: string;
  readonly cannot: Reason;
}

export const BINDINGS: readonly Binding[] = ROWS.map(
  ([program, group, command, keys, places, hint, title, cannot = {}]: Row): Binding => ({
    program,
    group,
    command: command as CommandId,
    keys: keys.split(' '),
    places: PLACES[places],
    hint,
    title,
    cannot,
  }),
);
