/** The advice → the JSON document of `advise --json` (docs/advise-json.md describes every field). */
import { adviceOf } from '../../advisor/advice/advice.ts';
import type { Demand } from '../../advisor/requirements/result.ts';
import type { RoleFacts } from '../../advisor/roleNotes.ts';
import type { Survey } from '../../advisor/survey.ts';
import type { LensFacts } from '../../session/events.ts';
import { type ProductionSurvey, productionAdvice } from './atProduction.ts';

/** Increases when a field changes its meaning or disappears, not with new fields. */
const ADVICE_VERSION = 1;

export type AdviceDocument = ReturnType<typeof adviceDocument>;

interface AdviceAbout {
  /** Version of pgopt-explore. */
  readonly program: string;
  /** ISO 8601. */
  readonly at: string;
  /** The workload's title. */
  readonly title: string;
  readonly target: {
    readonly label: string;
    readonly serverVersion: string | undefined;
    /** The role that connected. */
    readonly user?: string;
    /** The database is a lens. */
    readonly lens?: LensFacts | undefined;
  } & RoleFacts;
  /** False: nothing ran, so the database's own figures are planned ones. */
  readonly measured?: boolean;
}

/** @param within Share of the fastest total time that counts as near; 0.05 is 5 %. */
export function adviceDocument(
  surveyed: Survey,
  requirements: readonly Demand[],
  about: AdviceAbout,
  {
    within = 0.05,
    production,
  }: { readonly within?: number; readonly production?: ProductionSurvey | undefined } = {},
) {
  return {
    format: 'pgopt-explore/advice',
    version: ADVICE_VERSION,
    ...about,
    target: {
      ...about.target,
      serverVersion: about.target.serverVersion ?? null,
      user: about.target.user ?? null,
      lens: about.target.lens ?? null,
      role: about.target.role ?? null,
      rowSecurityBypassed: about.target.rowSecurityBypassed ?? [],
    },
    measured: about.measured ?? true,
    ...adviceOf(surveyed, requirements, within),
    atProduction: production === undefined ? null : productionAdvice(production, within),
  };
}
