/**
 * A configuration: the proposals and planner settings that differ from the baseline. Every result belongs to one. Pure.
 */
import type { SettingChoice } from '../workload/plannerSettings.ts';

/** Equal for equal configurations; '' is the baseline. Only this file knows the format. */
export type ConfigurationKey = string;

const BETWEEN = ' ';
const isToken = (member: string): boolean => member.includes('|');

/** The set of switched proposals and planner settings. A proposal to drop is a member while its index is gone. */
export class Configuration {
  static readonly BASELINE = new Configuration([]);
  readonly key: ConfigurationKey;
  /** Proposal ids, and a token for each setting. An id has no `|` (workload/files.ts), a token no blank. */
  readonly members: readonly string[];

  private constructor(members: Iterable<string>) {
    this.members = [...new Set(members)].sort();
    this.key = this.members.join(BETWEEN);
  }

  static of(proposals: Iterable<string>, settings: readonly SettingChoice[] = []): Configuration {
    return new Configuration([...proposals, ...settings.map(tokenOf)]);
  }

  static fromKey(key: ConfigurationKey): Configuration {
    return key === '' ? Configuration.BASELINE : new Configuration(key.split(BETWEEN));
  }

  get isBaseline(): boolean {
    return this.key === '';
  }

  get proposals(): readonly string[] {
    return this.members.filter(member => !isToken(member));
  }

  get settings(): readonly SettingChoice[] {
    return this.members.filter(isToken).map(choiceOf);
  }

  has(proposal: string): boolean {
    return this.members.includes(proposal);
  }

  equals(other: Configuration): boolean {
    return this.key === other.key;
  }

  with(proposal: string): Configuration {
    return new Configuration([...this.members, proposal]);
  }

  /** Keeps these proposals, and all settings. */
  only(isKept: (proposal: string) => boolean): Configuration {
    return new Configuration(this.members.filter(member => isToken(member) || isKept(member)));
  }

  without(...proposals: readonly string[]): Configuration {
    return this.only(one => !proposals.includes(one));
  }

  /** For display: `idx_a work_mem=64MB`. */
  toString(): string {
    const word = (member: string) => {
      if (!isToken(member)) return member;
      const { name, value } = choiceOf(member);
      return `${name}=${value}`;
    };
    return this.members.map(word).join(' ');
  }
}

/** `work_mem|64MB`. A lone surrogate, which no server accepts, cannot be encoded. */
export const tokenOf = ({ name, value }: SettingChoice): string =>
  `${name}|${encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'))}`;

function choiceOf(token: string): SettingChoice {
  const at = token.indexOf('|');
  return { name: token.slice(0, at), value: decodeURIComponent(token.slice(at + 1)) };
}

export const configurationKey = (
  proposals: Iterable<string>,
  settings: readonly SettingChoice[] = [],
): ConfigurationKey => Configuration.of(proposals, settings).key;

/** The part of `configuration` that was built when it was planned. */
export const effectiveKey = (configuration: ConfigurationKey, missing: readonly string[]): ConfigurationKey =>
  Configuration.fromKey(configuration).without(...missing).key;
