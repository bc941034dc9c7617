/** How long a survey may measure, where nobody says otherwise; as it is written. */
export const BUDGET = '5min';
