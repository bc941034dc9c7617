/** Milliseconds as a person reads them. */

/**
 * `0 ms`, `<0.01 ms`, `0.04 ms`, `1.2 ms`, `35 ms`, `812 ms`, `1.24 s`, `28.1 s`, `2 min 05 s`, `3 h 07 min`.
 * What is not a time (NaN, negative, infinite) is `–`.
 */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms === 0) return '0 ms';
  if (ms < 0.005) return '<0.01 ms';
  // Each bound is where rounding would reach the next unit, so that 999.6 ms is 1.00 s and not 1000 ms.
  if (ms < 0.995) return `${ms.toFixed(2)} ms`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** A clock for what is still running: `00:42`, `12:05`, `1:02:03`; `--:--` for what is not a time. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '--:--';
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const clock = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
