/** The keys: one table, from which the footer, the help and the README's table are made. */

/** Where a key is pressed: a pane, or a state of the screen that takes all keys. */
export type Place =
  | 'proposals'
  | 'queries'
  | 'plan'
  | 'search'
  | 'overlay'
  | 'settings'
  | 'typing'
  | 'advice'
  | 'suggestions'
  | 'folder'
  | 'editing'
  | 'starting'
  | 'asking'
  | 'lost';

export type Group =
  | 'Switch'
  | 'Settings'
  | 'Propose'
  | 'Advice'
  | 'Move'
  | 'Plan'
  | 'Search'
  | 'Look'
  | 'Measure'
  | 'Leave';

export type CommandId =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'next-pane'
  | 'previous-pane'
  | 'query'
  | 'values'
  | 'next-statement'
  | 'previous-statement'
  | 'costliest'
  | 'next-change'
  | 'previous-change'
  | 'collapse'
  | 'expand'
  | 'collapse-all'
  | 'expand-all'
  | 'next-metric'
  | 'previous-metric'
  | 'unified'
  | 'wrap'
  | 'copy-node'
  | 'copy-plan'
  | 'search'
  | 'search-type'
  | 'search-erase'
  | 'search-clear'
  | 'search-done'
  | 'search-cancel'
  | 'switch'
  | 'all'
  | 'only'
  | 'open'
  | 'sql'
  | 'ddl'
  | 'summary'
  | 'ledger'
  | 'requirements'
  | 'production'
  | 'lens'
  | 'settings'
  | 'setting-more'
  | 'setting-less'
  | 'setting-switch'
  | 'setting-type'
  | 'setting-own'
  | 'setting-all'
  | 'value-submit'
  | 'value-cancel'
  | 'advice'
  | 'next-page'
  | 'previous-page'
  | 'page'
  | 'left'
  | 'right'
  | 'survey-begin'
  | 'survey-pause'
  | 'survey-stop'
  | 'write-change'
  | 'folder-write'
  | 'folder-cancel'
  | 'confirm'
  | 'suggest'
  | 'suggest-stop'
  | 'suggest-again'
  | 'suggest-save'
  | 'new-proposal'
  | 'edit-proposal'
  | 'remove-proposal'
  | 'save-proposal'
  | 'edit-type'
  | 'edit-left'
  | 'edit-right'
  | 'edit-home'
  | 'edit-end'
  | 'edit-erase'
  | 'edit-erase-word'
  | 'edit-erase-all'
  | 'edit-complete'
  /** No key: `Press.key` is the text that was pasted. */
  | 'paste'
  | 'edit-external'
  | 'edit-submit'
  | 'edit-cancel'
  | 'problems'
  | 'side'
  | 'zoom'
  | 'help'
  | 'close'
  | 'measure-again'
  | 'reconnect'
  | 'restart'
  | 'cancel'
  | 'quit'
  | 'interrupt'
  | 'suspend';

export interface Binding {
  readonly command: CommandId;
  /** Names as decodeKeys gives them: `j`, `up`, `ctrl+d`, `shift+tab`. */
  readonly keys: readonly string[];
  readonly places: readonly Place[];
  /** What it does, for the help. */
  readonly title: string;
  /** One word or two for the footer; without it the footer leaves the key out. */
  readonly hint?: string;
  readonly group: Group;
  /** What every line of text does in a terminal: left out of the help and the README. */
  readonly everyday?: true;
  /** The program that has it, where only one does: the explorer on a database, or the viewer of saved plans. */
  readonly only?: Program;
}

export type Program = 'explorer' | 'viewer';

const panes = ['proposals', 'queries', 'plan'] as const;
const moving = [...panes, 'overlay', 'settings', 'advice', 'suggestions'] as const;
/** Where a text is typed. */
const typing: readonly Place[] = ['search', 'editing', 'typing', 'folder'];
const running = [...moving, 'search', 'editing', 'typing', 'folder', 'lost'] as const;
const anywhere = [...running, 'starting', 'asking'] as const;
const scrolling = [...moving, 'asking'] as const;

export const BINDINGS: readonly Binding[] = [
  {
    command: 'switch',
    keys: ['space'],
    places: ['proposals'],
    title: 'switch this proposal',
    hint: 'switch',
    group: 'Switch',
    only: 'explorer',
  },
  {
    command: 'all',
    keys: ['a'],
    places: panes,
    title: 'all proposals on, or all off',
    hint: 'all',
    group: 'Switch',
    only: 'explorer',
  },
  {
    command: 'only',
    keys: ['O'],
    places: ['proposals'],
    title: 'only this one, and back',
    group: 'Switch',
    only: 'explorer',
  },
  {
    command: 'setting-more',
    keys: ['right', 'l'],
    places: ['settings'],
    title: 'the next value up',
    hint: 'more',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'setting-less',
    keys: ['left', 'h'],
    places: ['settings'],
    title: 'the next value down',
    hint: 'less',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'setting-switch',
    keys: ['space'],
    places: ['settings'],
    title: 'a changed one off, and on again',
    hint: 'switch',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'setting-type',
    keys: ['enter', 'e'],
    places: ['settings'],
    title: 'type a value',
    hint: 'type',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'setting-own',
    keys: ['backspace', '0'],
    places: ['settings'],
    title: 'back to the server’s own value',
    hint: 'server’s own',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'setting-all',
    keys: ['a'],
    places: ['settings'],
    title: 'all changed ones off, or on',
    hint: 'all off',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'value-submit',
    keys: ['enter'],
    places: ['typing'],
    title: 'take the value',
    hint: 'take it',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'value-cancel',
    keys: ['escape'],
    places: ['typing'],
    title: 'leave it as it was',
    hint: 'leave it',
    group: 'Settings',
    only: 'explorer',
  },
  {
    command: 'new-proposal',
    keys: ['n'],
    places: ['proposals', 'queries'],
    title: 'write a new proposal and try it',
    hint: 'new',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'edit-proposal',
    keys: ['e'],
    places: ['proposals'],
    title: 'edit this one, and try it',
    hint: 'edit',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'remove-proposal',
    keys: ['d'],
    places: ['proposals'],
    title: 'leave it out',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'save-proposal',
    keys: ['w'],
    places: ['proposals'],
    title: 'save it to a file',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'edit-submit',
    keys: ['enter'],
    places: ['editing'],
    title: 'build it',
    hint: 'build',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'edit-complete',
    keys: ['tab'],
    places: ['editing'],
    title: 'complete a name',
    hint: 'complete',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'edit-external',
    keys: ['ctrl+x'],
    places: ['editing'],
    title: 'in $EDITOR',
    hint: '$EDITOR',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'edit-cancel',
    keys: ['escape'],
    places: ['editing'],
    title: 'forget it',
    hint: 'forget',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'edit-left',
    keys: ['left'],
    places: ['editing', 'typing', 'folder'],
    title: 'a character back',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'edit-right',
    keys: ['right'],
    places: ['editing', 'typing', 'folder'],
    title: 'a character on',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'edit-home',
    keys: ['ctrl+a', 'home'],
    places: ['editing', 'typing', 'folder'],
    title: 'to the start',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'edit-end',
    keys: ['ctrl+e', 'end'],
    places: ['editing', 'typing', 'folder'],
    title: 'to the end',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'edit-erase',
    keys: ['backspace'],
    places: ['editing', 'typing', 'folder'],
    title: 'the last character',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'edit-erase-word',
    keys: ['ctrl+w'],
    places: ['editing', 'typing', 'folder'],
    title: 'the last word',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'edit-erase-all',
    keys: ['ctrl+u'],
    places: ['editing', 'typing', 'folder'],
    title: 'all before the cursor',
    group: 'Propose',
    only: 'explorer',
    everyday: true,
  },
  {
    command: 'open',
    keys: ['enter'],
    places: ['proposals'],
    title: 'its DDL and built sizes',
    hint: 'DDL',
    group: 'Look',
  },
  {
    command: 'open',
    keys: ['enter'],
    places: ['queries'],
    title: 'go to its plan',
    hint: 'plan',
    group: 'Look',
  },
  {
    command: 'open',
    keys: ['enter'],
    places: ['overlay'],
    title: 'evidence of a requirement',
    hint: 'evidence',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'open',
    keys: ['enter'],
    places: ['plan'],
    title: 'everything about the node',
    hint: 'node',
    group: 'Plan',
  },
  {
    command: 'cancel',
    keys: ['x'],
    places: panes,
    title: 'cancel what runs',
    hint: 'cancel',
    group: 'Measure',
    only: 'explorer',
  },
  {
    command: 'costliest',
    keys: ['c'],
    places: ['plan'],
    title: 'go to the costliest node',
    hint: 'costliest',
    group: 'Plan',
  },
  {
    command: 'next-change',
    keys: ['n'],
    places: ['plan'],
    title: 'next change, the biggest first',
    hint: 'change',
    group: 'Plan',
  },
  {
    command: 'previous-change',
    keys: ['N'],
    places: ['plan'],
    title: 'the change before',
    group: 'Plan',
  },
  {
    command: 'search',
    keys: ['/'],
    places: ['plan'],
    title: 'search: n and N go on',
    hint: 'search',
    group: 'Plan',
  },
  {
    command: 'next-metric',
    keys: [']'],
    places: ['plan'],
    title: 'what the bars measure',
    hint: 'bars',
    group: 'Plan',
  },
  { command: 'previous-metric', keys: ['['], places: ['plan'], title: 'the same, backwards', group: 'Plan' },
  {
    command: 'settings',
    keys: ['o'],
    places: moving,
    title: 'planner settings: change, switch',
    hint: 'settings',
    group: 'Switch',
    only: 'explorer',
  },
  {
    command: 'unified',
    keys: ['u'],
    places: panes,
    title: 'in one tree, or side by side',
    hint: 'unified',
    group: 'Plan',
  },
  {
    command: 'collapse',
    keys: ['h'],
    places: ['plan'],
    title: 'collapse, then to its parent',
    hint: 'fold',
    group: 'Plan',
  },
  {
    command: 'expand',
    keys: ['l'],
    places: ['plan'],
    title: 'expand, then to its first child',
    group: 'Plan',
  },
  { command: 'collapse-all', keys: ['H'], places: ['plan'], title: 'collapse all', group: 'Plan' },
  { command: 'expand-all', keys: ['L'], places: ['plan'], title: 'expand all', group: 'Plan' },
  {
    command: 'wrap',
    keys: ['w'],
    places: ['plan'],
    title: 'labels whole',
    group: 'Plan',
  },
  {
    command: 'copy-node',
    keys: ['y'],
    places: ['plan', 'overlay'],
    title: 'copy the node (OSC 52)',
    group: 'Plan',
  },
  {
    command: 'copy-plan',
    keys: ['Y'],
    places: ['plan', 'overlay'],
    title: 'copy the plan as JSON',
    group: 'Plan',
  },
  { command: 'search-cancel', keys: ['escape'], places: ['plan'], title: 'forget the search', group: 'Plan' },
  {
    command: 'search-done',
    keys: ['enter'],
    places: ['search'],
    title: 'keep the search',
    hint: 'keep',
    group: 'Search',
  },
  {
    command: 'search-cancel',
    keys: ['escape'],
    places: ['search'],
    title: 'forget the search',
    hint: 'forget',
    group: 'Search',
  },
  {
    command: 'search-erase',
    keys: ['backspace'],
    places: ['search'],
    title: 'the last character',
    group: 'Search',
    everyday: true,
  },
  {
    command: 'search-clear',
    keys: ['ctrl+u'],
    places: ['search'],
    title: 'all characters',
    group: 'Search',
    everyday: true,
  },
  {
    command: 'next-pane',
    keys: ['tab', 'right'],
    places: panes,
    title: 'next pane',
    hint: 'pane',
    group: 'Move',
  },
  {
    command: 'query',
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    places: panes,
    title: 'choose the query, or statement',
    hint: 'query',
    group: 'Move',
  },
  {
    command: 'values',
    keys: ['v'],
    places: panes,
    title: 'next values of its parameters',
    group: 'Move',
    only: 'explorer',
  },
  {
    command: 'next-statement',
    keys: ['>', '.'],
    places: ['plan'],
    title: 'next statement',
    hint: 'next statement',
    group: 'Move',
    only: 'viewer',
  },
  {
    command: 'previous-statement',
    keys: ['<', ','],
    places: ['plan'],
    title: 'previous statement',
    group: 'Move',
    only: 'viewer',
  },
  {
    command: 'side',
    keys: ['b'],
    places: panes,
    title: 'one plan: before, or after',
    hint: 'before/after',
    group: 'Plan',
  },
  {
    command: 'sql',
    keys: ['s'],
    places: moving,
    title: 'SQL, as it is planned',
    hint: 'SQL',
    group: 'Look',
  },
  {
    command: 'measure-again',
    keys: ['r'],
    places: panes,
    title: 'measure the query in view again',
    hint: 'measure',
    group: 'Measure',
    only: 'explorer',
  },
  {
    command: 'summary',
    keys: ['t'],
    places: moving,
    title: 'table of all queries',
    hint: 'table',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'ledger',
    keys: ['i'],
    places: moving,
    title: 'ledger: statements sent, locks held',
    hint: 'ledger',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'requirements',
    keys: ['B'],
    places: moving,
    title: 'requirements, before and after',
    hint: 'requirements',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'production',
    keys: ['p'],
    places: panes,
    title: 'what production would choose, at its size, and back',
    hint: 'production',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'lens',
    keys: ['P'],
    places: moving,
    title: 'what production is taken to be',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'advice',
    keys: ['A'],
    places: moving,
    title: 'advice: what to keep, of all',
    hint: 'advice',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'open',
    keys: ['enter'],
    places: ['advice'],
    title: 'switch to this configuration',
    hint: 'switch',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'next-page',
    keys: ['tab'],
    places: ['advice'],
    title: 'next page',
    hint: 'page',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'previous-page',
    keys: ['shift+tab'],
    places: ['advice'],
    title: 'page before',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'page',
    keys: ['1', '2', '3', '4'],
    places: ['advice'],
    title: 'choices, matrix, frontier, production',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'left',
    keys: ['left', 'h'],
    places: ['advice'],
    title: 'matrix: proposal to the left',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'right',
    keys: ['right', 'l'],
    places: ['advice'],
    title: 'matrix: proposal to the right',
    hint: 'proposal',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'survey-pause',
    keys: ['p'],
    places: ['advice'],
    title: 'pause the survey, go on',
    hint: 'pause',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'survey-stop',
    keys: ['x'],
    places: ['advice'],
    title: 'stop it, keep what it has',
    hint: 'stop',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'survey-begin',
    keys: ['r'],
    places: ['advice'],
    title: 'begin a survey, again',
    hint: 'survey',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'write-change',
    keys: ['W'],
    places: ['advice'],
    title: 'write the change to a folder',
    hint: 'write',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'folder-write',
    keys: ['enter'],
    places: ['folder'],
    title: 'write it there',
    hint: 'write it',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'folder-cancel',
    keys: ['escape'],
    places: ['folder'],
    title: 'write nothing',
    hint: 'write nothing',
    group: 'Advice',
    only: 'explorer',
  },
  {
    command: 'suggest',
    keys: ['S'],
    places: moving,
    title: 'search for suggestions; how far it is',
    hint: 'suggest',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'suggest-stop',
    keys: ['x'],
    places: ['suggestions'],
    title: 'stop the search, keep what it has',
    hint: 'stop',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'suggest-again',
    keys: ['r'],
    places: ['suggestions'],
    title: 'search again',
    hint: 'again',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'suggest-save',
    keys: ['w'],
    places: ['suggestions'],
    title: 'save all suggestions to files',
    hint: 'save',
    group: 'Propose',
    only: 'explorer',
  },
  {
    command: 'confirm',
    keys: ['y', 'enter'],
    places: ['asking'],
    title: 'yes: open the transaction',
    hint: 'yes, go on',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'zoom',
    keys: ['z'],
    places: panes,
    title: 'this pane alone, and back',
    hint: 'zoom',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'previous-pane',
    keys: ['shift+tab', 'left'],
    places: panes,
    title: 'previous pane',
    group: 'Move',
  },
  { command: 'down', keys: ['j', 'down'], places: scrolling, title: 'down', group: 'Move' },
  { command: 'up', keys: ['k', 'up'], places: scrolling, title: 'up', group: 'Move' },
  {
    command: 'page-down',
    keys: ['ctrl+d', 'pagedown'],
    places: scrolling,
    title: 'half a page down',
    group: 'Move',
  },
  {
    command: 'page-up',
    keys: ['ctrl+u', 'pageup'],
    places: scrolling,
    title: 'half a page up',
    group: 'Move',
  },
  { command: 'top', keys: ['g', 'home'], places: scrolling, title: 'to the first line', group: 'Move' },
  { command: 'bottom', keys: ['G', 'end'], places: scrolling, title: 'to the last line', group: 'Move' },
  {
    command: 'ddl',
    keys: ['D'],
    places: moving,
    title: 'DDL of the proposal',
    group: 'Look',
    only: 'explorer',
  },
  {
    command: 'problems',
    keys: ['E'],
    places: moving,
    title: 'errors in the workload’s files',
    group: 'Look',
    only: 'explorer',
  },
  { command: 'help', keys: ['?'], places: moving, title: 'this help', hint: 'help', group: 'Look' },
  {
    command: 'close',
    keys: ['escape', 'q'],
    places: ['overlay', 'settings', 'advice', 'suggestions'],
    title: 'close what lies above',
    hint: 'back',
    group: 'Leave',
  },
  {
    command: 'restart',
    keys: ['R'],
    places: panes,
    title: 'start afresh: a new transaction',
    group: 'Measure',
    only: 'explorer',
  },
  {
    command: 'reconnect',
    keys: ['r'],
    places: ['lost'],
    title: 'reconnect, and build anew',
    hint: 'reconnect',
    group: 'Leave',
    only: 'explorer',
  },
  {
    command: 'quit',
    keys: ['q'],
    places: [...panes, 'starting', 'asking', 'lost'],
    title: 'roll back and quit',
    hint: 'quit',
    group: 'Leave',
  },
  {
    command: 'interrupt',
    keys: ['ctrl+c'],
    places: anywhere,
    title: 'roll back and quit, from anywhere',
    group: 'Leave',
  },
  {
    command: 'suspend',
    keys: ['ctrl+z'],
    places: anywhere,
    title: 'to the shell; fg comes back',
    group: 'Leave',
  },
];

export interface Press {
  readonly command: CommandId;
  readonly key: string;
}

/** The keys of a program. */
export function bindingsOf(program: Program): readonly Binding[] {
  return BINDINGS.filter(({ only }) => only === undefined || only === program);
}

function indexed(program: Program): ReadonlyMap<string, CommandId> {
  const index = new Map<string, CommandId>();
  for (const { command, keys, places } of bindingsOf(program))
    for (const place of places) for (const key of keys) index.set(`${place} ${key}`, command);
  return index;
}

const INDEX: Readonly<Record<Program, ReadonlyMap<string, CommandId>>> = {
  explorer: indexed('explorer'),
  viewer: indexed('viewer'),
};

/** What a key means at a place; undefined when it means nothing there. Where a text is typed, other keys are its characters. */
export function commandFor(key: string, place: Place, program: Program = 'explorer'): CommandId | undefined {
  const command = INDEX[program].get(`${place} ${key}`);
  if (command !== undefined || !typing.includes(place)) return command;
  if (key !== 'space' && [...key].length !== 1) return undefined;
  return place === 'search' ? 'search-type' : 'edit-type';
}

/**
 * ESC and a character that come in one read may be Alt with it, or two keys. Where a text is typed it must not be lost
 * by a key that is none of ours; elsewhere they are two.
 */
export function pressesOf(name: string, place: Place): readonly string[] {
  return name.startsWith('alt+') && !typing.includes(place) ? ['escape', name.slice('alt+'.length)] : [name];
}

const SYMBOLS: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  escape: 'esc',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  backspace: '⌫',
};

/** A key's name for people; a row of digits becomes `1–9`. */
export function keyNames(binding: Binding): string[] {
  if (binding.command === 'query') return ['1–9'];
  return binding.keys.map(key => SYMBOLS[key] ?? key.replace('ctrl+', 'Ctrl-'));
}

export const GROUPS: readonly Group[] = [
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
];

/** Where a binding works, for people; '' where it works on all panes. */
function whereWords({ places, only }: Binding): string {
  if (only === 'viewer') return 'saved plans';
  if (panes.every(pane => places.includes(pane))) return '';
  const own = places.filter(place => !['overlay', 'advice', 'settings', 'suggestions'].includes(place));
  return (own.length === 0 ? places : own).join(', ');
}

/** The key table as Markdown, for the README. */
export function keyTableMarkdown(): string {
  const rows = GROUPS.flatMap(group =>
    BINDINGS.filter(binding => binding.group === group && binding.everyday !== true).map(binding => {
      const keys = keyNames(binding).map(name => `\`${name}\``);
      return `| ${keys.join(' ')} | ${binding.title} | ${whereWords(binding)} |`;
    }),
  );
  return ['| Key | What it does | Only in |', '|---|---|---|', ...rows].join('\n');
}
