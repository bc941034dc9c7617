/** The configurations that were tried in this explorer, with what is known of them now. */
import { configurationKey } from '../../session/configuration.ts';
import { settingsOn } from '../settings/settings.ts';
import type { Configuration, State } from '../state/state.ts';
import { measuringOf } from './selectors.ts';

export interface Tried {
  readonly configuration: Configuration;
  /** Ids and settings. */
  readonly words: string;
  /** Of the queries that have a run time, ms. */
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
