/**
 * Settings as part of a configuration: each is a token, `work_mem|64MB`, beside the ids of proposals. An id has no `|`
 * (workload/files.ts), and a token no blank, which separates what a configuration's key is made of.
 */
import type { SettingChoice } from '../workload/plannerSettings.ts';

/** Half a character (nothing the server would take) cannot be encoded. */
export const tokenOf = ({ name, value }: SettingChoice): string =>
  `${name}|${encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'))}`;

/** A configuration's key for people: `idx_a work_mem=64MB`. */
export const configurationWords = (key: string): string =>
  key
    .split(' ')
    .map(part => {
      const [choice] = settingsIn([part]);
      return choice === undefined ? part : `${choice.name}=${choice.value}`;
    })
    .join(' ');

/** The settings of a configuration, in its order. */
export function settingsIn(configuration: readonly string[]): readonly SettingChoice[] {
  return configuration.flatMap(part => {
    const at = part.indexOf('|');
    return at === -1 ? [] : [{ name: part.slice(0, at), value: decodeURIComponent(part.slice(at + 1)) }];
  });
}
