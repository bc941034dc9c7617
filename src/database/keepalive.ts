/**
 * The server shall notice within a minute that we are out of reach, not after Linux's two hours: until then it would
 * keep the transaction, its locks and what was built. Has no effect on a Unix socket, which needs none.
 */
export const KEEPALIVE: readonly string[] = [
  'SET LOCAL tcp_keepalives_idle = 30',
  'SET LOCAL tcp_keepalives_interval = 10',
  'SET LOCAL tcp_keepalives_count = 3',
];
