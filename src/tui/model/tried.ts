/** The configurations that were tried in this explorer, with their current figures. */
import { formatMs } from '../../base/format.ts';
import type { TriedRow } from '../../report/migration/effects.ts';
import { configurationKey } from '../../session/configuration.ts';
import { settingsOn } from '../settings/settings.ts';
import type { Configuration, State } from '../state/state.ts';
import { measuringOf } from './selectors.ts';

export interface Tried {
  readonly configuration: Configuration;
  /** Epoch ms: when it was first on. */
  readonly at: number;
  /** Ids and settings. */
  readonly words: string;
  /** Total over the queries that have a run time, ms. */
  readonly totalMs: number;
  readonly measured: number;
  /** One of them was stopped at the timeout: the total is a lower bound. */
  readonly atLeast: boolean;
  readonly isOn: boolean;
}

export function configurationNow({ on, settings }: State): Configuration {
  return { on, changed: settings.changed };
}

export const keyOf = ({ on, changed }: Configuration): string =>
  configurationKey(on, settingsOn({ facts: undefined, changed, typing: undefined }));

/** The same for a report: the time of the queries that have one on both sides, before and after. */
export function triedReport(state: State): readonly TriedRow[] {
  const timeOf = (queryId: string, key: string) => {
    const planned = state.plans[queryId]?.[key];
    if (planned?.state !== 'planned') return undefined;
    const { medianMs, timedOutAfterMs } =
      measuringOf(state, queryId, planned.plan.fingerprint)?.result?.measurement ?? {};
    const ms = medianMs ?? timedOutAfterMs;
    return ms === undefined ? undefined : { ms, atLeast: medianMs === undefined };
  };
  return triedConfigurations(state).map(({ configuration, words, at }) => {
    const key = keyOf(configuration);
    const known = state.workload.queries.flatMap(({ id }) => {
      const [before, after] = [timeOf(id, ''), timeOf(id, key)];
      return before === undefined || after === undefined ? [] : [{ before, after }];
    });
    const sum = (side: 'before' | 'after') =>
      `${known.some(one => one[side].atLeast) ? '> ' : ''}${formatMs(known.reduce((ms, one) => ms + one[side].ms, 0))}`;
    return {
      words,
      total: known.length === 0 ? '–' : key === '' ? sum('before') : `${sum('before')} → ${sum('after')}`,
      measured: `${known.length} of ${state.workload.queries.length}`,
      at: new Date(at).toISOString(),
    };
  });
}

/** In the order of their first trial. Those with a proposal that is gone are left out. */
export function triedConfigurations(state: State): readonly Tried[] {
  const ids = new Set(state.workload.proposals.map(({ id }) => id));
  const now = keyOf(configurationNow(state));
  return state.tried
    .filter(({ on }) => on.every(id => ids.has(id)))
    .map(configuration => {
      const key = keyOf(configuration);
      const known = state.workload.queries.flatMap(({ id }) => {
        const planned = state.plans[id]?.[key];
        if (planned?.state !== 'planned') return [];
        return measuringOf(state, id, planned.plan.fingerprint)?.result?.measurement ?? [];
      });
      const set = configuration.changed.filter(({ on }) => on).map(({ name, value }) => `${name} ${value}`);
      const words = [...configuration.on, ...set].join(', ');
      return {
        configuration,
        at: configuration.at,
        words: words === '' ? 'baseline: no proposal' : words,
        totalMs: known.reduce(
          (sum, { medianMs, timedOutAfterMs }) => sum + (medianMs ?? timedOutAfterMs ?? 0),
          0,
        ),
        measured: known.length,
        atLeast: known.some(({ timedOutAfterMs }) => timedOutAfterMs !== undefined),
        isOn: key === now,
      };
    });
}
