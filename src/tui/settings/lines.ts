/** The list of settings, and below it facts about the one under the cursor, or the value being typed. */
import { sanitize } from '../../base/format.ts';
import { type Line, left, type Span, truncate, wrap } from '../cell.ts';
import { row } from '../frame.ts';
import { firstVisible } from '../layout.ts';
import { type SettingRow, type SettingsState, settingRows, type TypedValue } from './settings.ts';

/** `max_parallel_workers_per_gather` */
const NAME = 31;
const VALUE = 9;
const BELOW = 5;

/** @param effect What all that is on does to the queries. @param cursor Index of the row. @param room Lines there are: a long list shows the part around the cursor. */
export function settingLines(
  settings: SettingsState,
  effect: string,
  cursor: number,
  width: number,
  room: number,
  /** Places of the rows in view. */
  shown: readonly number[],
): Line[] {
  const rows = settingRows(settings);
  if (rows.length === 0) return [[{ text: 'asking the server …', dim: true }]];
  const at = Math.min(cursor, rows.length - 1);
  const listed = shown.flatMap((index, position): { readonly line: Line; readonly index?: number }[] => {
    const one = rows[index];
    if (one === undefined) return [];
    const begins = one.setting.group !== rows[shown[position - 1] ?? -1]?.setting.group;
    const heading = { line: [{ text: ` ${one.setting.group}`, bold: true }] };
    return [
      ...(begins ? [heading] : []),
      { line: row(rowLine(one, width), width, index === at, settings.typing === undefined, index), index },
    ];
  });
  const height = Math.max(1, room - 2 - BELOW);
  const first = firstVisible(
    listed.findIndex(({ index }) => index === at),
    listed.length,
    height,
  );
  const below =
    settings.typing === undefined ? about(rows[at], width) : typingLines(settings.typing, rows[at], width);
  const last: Line = [{ text: truncate(`after: ${effect}`, width), bold: true }];
  return [
    [
      {
        text: ` ${left('    setting', NAME + 4)} ${left('here', VALUE)}   ${left('set to', VALUE)}`,
        dim: true,
      },
    ],
    ...listed.slice(first, first + height).map(({ line }) => line),
    [],
    ...Array.from({ length: BELOW - 1 }, (_, index) => below[index] ?? []),
    last,
  ];
}

function rowLine({ setting, fact, changed }: SettingRow, width: number): Line {
  const box: Span =
    changed === undefined
      ? { text: '    ' }
      : changed.on
        ? { text: '[x] ', color: 'green', bold: true }
        : { text: '[ ] ' };
  const value: Span =
    changed === undefined
      ? { text: left('', VALUE + 2) }
      : { text: `→ ${left(sanitize(changed.value), VALUE)}`, bold: changed.on, dim: !changed.on };
  const used = 1 + 4 + NAME + 1 + VALUE + 1 + VALUE + 2 + 1;
  return [
    box,
    { text: `${left(setting.name, NAME)} `, bold: changed?.on === true },
    { text: `${left(sanitize(fact.value), VALUE)} ` },
    value,
    { text: ` ${truncate(setting.title, Math.max(0, width - used))}`, dim: true },
  ];
}

function about(one: SettingRow | undefined, width: number): Line[] {
  if (one === undefined) return [];
  const { setting, fact, stops } = one;
  const said = [
    `${setting.name}: ${setting.title}${fact.useless === undefined ? '' : `. No effect here: ${fact.useless}`}`,
    `here ${fact.value} (${fact.source}); PostgreSQL is delivered with ${fact.delivered}`,
    `steps: ${stops.join('  ')}`,
    setting.changesRuns === true
      ? 'The same plan may run differently: it is measured anew.'
      : 'It only weighs plans: the run time of an identical plan is reused.',
  ];
  return said.map((text): Line => [{ text: truncate(sanitize(text), width) }]);
}

function typingLines(typing: TypedValue, one: SettingRow | undefined, width: number): Line[] {
  const characters = [...typing.text];
  const text = `${sanitize(characters.slice(0, typing.at).join(''))}█${sanitize(characters.slice(typing.at).join(''))}`;
  const [refused = ''] = wrap(sanitize(typing.refused ?? ''), width);
  return [
    [{ text: truncate(`${typing.name} = ${text}`, width), bold: true }],
    typing.busy
      ? [{ text: 'asking the server whether it takes it …', dim: true }]
      : [{ text: refused, color: 'red' }],
    [{ text: truncate(`steps: ${one?.stops.join('  ') ?? ''}`, width), dim: true }],
  ];
}
