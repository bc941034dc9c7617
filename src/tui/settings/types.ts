/** The planner settings as the person has them: read from the server, changed, switched, typed. */
import type { SettingChoice, SettingFact } from '../../session/events.ts';
import { lastOfEach } from '../../workload/plannerSettings.ts';
import type { EditedText } from '../editor/text.ts';

export interface SettingsState {
  /** What they are without us; undefined until the server was asked. */
  readonly facts: readonly SettingFact[] | undefined;
  /** The changed ones, in the table's order; one that is switched off keeps its value. */
  readonly changed: readonly (SettingChoice & { readonly on: boolean })[];
  /** A value being typed. */
  readonly typing: TypedValue | undefined;
}

export interface TypedValue extends EditedText {
  readonly name: string;
  /** The server is asked whether it takes it. */
  readonly busy: boolean;
  /** What the server said to the last one. */
  readonly refused: string | undefined;
}

/** @param chosen Those that are on from the start. */
export function settingsState(chosen: readonly SettingChoice[]): SettingsState {
  return {
    facts: undefined,
    changed: lastOfEach(chosen).map(choice => ({ ...choice, on: true })),
    typing: undefined,
  };
}

/** What is desired. */
export function settingsOn({ changed }: SettingsState): readonly SettingChoice[] {
  return changed.filter(({ on }) => on).map(({ name, value }) => ({ name, value }));
}
