/** Asks the session why the planner leaves an index out, while a page is open that shows it. */
import type { ExplorerSession } from '../session/events.ts';
import { type Explained, pairsInView } from './model/unused.ts';
import { settingsOn } from './settings/settings.ts';
import type { State } from './state/state.ts';

type Asked = Pick<ExplorerSession, 'background'>;

/** Keys whose answers are on their way, by session. */
const pending = new WeakMap<Asked, Map<string, AbortController>>();

export function unusedEffects(
  { before, after }: { readonly before: State; readonly after: State },
  session: Asked | undefined,
  explained: (key: string, explained: Explained) => void,
): void {
  if (session === undefined || (after.overlay === undefined && before.overlay === undefined)) return;
  const own = pending.get(session) ?? new Map<string, AbortController>();
  pending.set(session, own);
  const pairs = pairsInView(after);
  for (const [key, asking] of own) if (!pairs.some(pair => pair.key === key)) asking.abort();
  const settings = settingsOn(after.settings);
  for (const { key, proposalId, queryId } of pairs) {
    if (after.unused[key] !== undefined || own.has(key)) continue;
    const asking = new AbortController();
    own.set(key, asking);
    const task = { kind: 'whyUnused', queryId, proposalId, proposals: after.on, settings } as const;
    void session.background(task, asking.signal).then(answer => {
      own.delete(key);
      if (answer.kind === 'explained')
        explained(
          key,
          answer.unused === undefined ? { kind: 'used' } : { kind: 'unused', unused: answer.unused },
        );
      if (answer.kind === 'failed') explained(key, { kind: 'failed', reason: answer.reason });
    });
  }
}
