/** When the windows of the queries, which end today, have moved on too far from the day of loading. */

/** A tenth of the shortest window ("last 30 days"): by then it has lost a tenth of its orders. */
export const FRESH_DAYS = 3;

const DAY_MS = 86_400_000;

/** Both days as `2025-06-11`. A clock set back makes a shop stale, too: its last orders would be in the future. */
export function isFresh(loadedOn: string, today: string): boolean {
  const days = (Date.parse(today) - Date.parse(loadedOn)) / DAY_MS;
  return days >= 0 && days <= FRESH_DAYS;
}
