/**
 * The server notices within a minute that we are unreachable, not after Linux's two hours: until then it would keep the
 * transaction, its locks and its builds. No effect on a Unix socket, which needs none.
 */
export const KEEPALIVE: readonly string[] = [
  'SET LOCAL tcp_keepalives_idle = 30',
  'SET LOCAL tcp_keepalives_interval = 10',
  'SET LOCAL tcp_keepalives_count = 3',
];
