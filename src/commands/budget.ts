/** How long a survey may measure by default; as it is written. */
export const BUDGET = '5min';
/** The same of rehearsing plans of production, at all sizes together. */
export const REHEARSING = '20min';
