/** Locks held now, who waits for them, and every statement that was sent, the last one first. */
import { formatMs, formatThousands, sanitize } from '../../base/format.ts';
import type { LedgerEntry } from '../../session/ledger.ts';
import type { LockStatus } from '../../session/lockStatus.ts';
import { type Line, left, right, truncate, wrap } from '../cell.ts';
import type { State } from '../state/state.ts';

const TIME = 8;
const MS = 10;
/** Characters of a statement that are looked at, for each cell of the line. */
const UNITS = 8;

export function ledgerLines({ inspected, now }: State, width: number): Line[] {
  if (inspected === undefined) return [[{ text: 'asking the server …', dim: true }]];
  const { lockStatus, entries, total } = inspected;
  const older = total - entries.reduce((sum, { times }) => sum + times, 0);
  return [
    ...lockLines(lockStatus, width),
    [],
    [
      { text: 'Statements sent', bold: true },
      { text: ` ${formatThousands(total)}, the last one first`, dim: true },
    ],
    ...[...entries].reverse().map(entry => entryLine(entry, now, width)),
    ...(older > 0 ? [[{ text: `and ${formatThousands(older)} before them`, dim: true }]] : []),
  ];
}

function lockLines(status: LockStatus | undefined, width: number): Line[] {
  if (status === undefined) return [[{ text: 'The server does not say which locks are held.', dim: true }]];
  const { locks, waiting, waitingFor } = status;
  return [
    [{ text: 'Locks held now', bold: true }],
    ...(locks.length === 0 ? [[{ text: '  none', dim: true }]] : []),
    ...locks.map(({ relation, mode, granted }): Line => {
      const blocks = mode !== 'AccessShare';
      return [
        { text: `  ${left(mode, 20)}`, ...(blocks ? { color: 'yellow' as const } : { dim: true }) },
        { text: ` ${sanitize(relation)}${granted ? '' : '  (waits for it)'}` },
      ];
    }),
    ...(waitingFor.length === 0
      ? []
      : [[{ text: `  waits for process ${waitingFor.join(', ')}`, color: 'yellow' as const }]]),
    waiting.length === 0
      ? [{ text: '  no other session waits for them', color: 'green' }]
      : [{ text: `  ${waiting.length} waiting for them:`, color: 'red', bold: true }],
    ...waiting.flatMap(({ processId, user, application, statement, waitingMs }) =>
      wrap(
        sanitize(
          `process ${processId}${user === undefined ? '' : ` of ${user}`}${application === '' ? '' : ` (${application})`}, for ${formatMs(waitingMs)}: ${statement ?? 'its statement is hidden from this role'}`,
        ),
        width - 4,
      ).map((text): Line => [{ text: `    ${text}`, color: 'red' }]),
    ),
  ];
}

function entryLine(
  { at, ms, text, times, connection, outcome, code }: LedgerEntry,
  now: number,
  width: number,
): Line {
  const clock = new Date(at).toTimeString().slice(0, TIME);
  const took = ms === undefined ? formatMs(Math.max(0, now - at)) : formatMs(ms);
  const state = outcome === 'failed' ? ` ${code ?? 'failed'}` : outcome === 'running' ? ' …' : '';
  const count = times > 1 ? ` (${times} times)` : '';
  const who = connection === 'control' ? 'control  ' : '';
  const start = `${clock} ${right(took, MS)}${left(state, 7)} `;
  // A statement may have megabytes.
  const statement = sanitize(
    text
      .trimStart()
      .slice(0, UNITS * width)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return [
    { text: start, dim: true },
    {
      text: truncate(who + statement, Math.max(8, width - start.length - count.length)),
      ...(outcome === 'failed' ? { color: 'red' as const } : {}),
    },
    { text: count, dim: true },
  ];
}
