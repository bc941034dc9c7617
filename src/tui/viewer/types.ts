/** What the viewer of saved plans shows, in one immutable value. */
import type { Plan } from '../../plan/plan.ts';
import type { Press } from '../keymap.ts';
import type { PlanView } from '../planView/types.ts';
import type { Size } from '../state/types.ts';

/** One statement of the files: its plan, or its plans before and after. */
export interface ViewedStatement {
  readonly before: Plan | undefined;
  readonly after: Plan | undefined;
}

export interface ViewerState {
  /** As they were named: one, or before and after. */
  readonly files: readonly string[];
  /** None while the files are read. */
  readonly statements: readonly ViewedStatement[];
  /** Which statement is in view. */
  readonly at: number;
  readonly view: PlanView;
  readonly size: Size;
  readonly overlay: { readonly kind: 'help' | 'node' | 'sql'; readonly scroll: number } | undefined;
  readonly message: string | undefined;
}

export type ViewerAction =
  /** The files are read. */
  | { readonly type: 'plans:read'; readonly statements: readonly ViewedStatement[] }
  /** A big plan can be shown now (planView/ready.ts). */
  | { readonly type: 'plan:ready' }
  | { readonly type: 'key:pressed'; readonly press: Press }
  | { readonly type: 'terminal:resized'; readonly size: Size }
  | { readonly type: 'message:said'; readonly text: string };
