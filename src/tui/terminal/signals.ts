/** Signals that end or stop the program, so that the terminal is restored on every way out. */

/** The part of `process` that is needed. */
export interface SignalHost {
  readonly pid: number;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/** 128 + the signal's number, as shells report it. */
const LEAVING: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
];

/**
 * Calls `leave` with the signal and its exit code, and `resumed` after SIGCONT; returns the way to stop listening.
 * After SIGHUP another one is ignored for good: both the system and the shell send it when a terminal closes, and the
 * second one would end the program on its way out.
 */
export function watchSignals(
  host: SignalHost,
  { leave, resumed }: { leave: (exitCode: number, signal: NodeJS.Signals) => void; resumed: () => void },
): () => void {
  let hungUp = false;
  const watched = LEAVING.map(([signal, code]) => {
    const listener = (): void => {
      hungUp ||= signal === 'SIGHUP';
      leave(code, signal);
    };
    return [signal, listener] as const;
  });
  for (const [signal, listener] of watched) host.on(signal, listener);
  host.on('SIGCONT', resumed);
  return () => {
    if (hungUp) host.on('SIGHUP', () => {});
    for (const [signal, listener] of watched) host.off(signal, listener);
    host.off('SIGCONT', resumed);
  };
}
