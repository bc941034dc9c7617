/** The process, as far as the program uses it: an argument, so that tests can give their own. */
/** The part of `process` that the program uses. */
export type Io = Pick<
  NodeJS.Process,
  'env' | 'stdin' | 'stdout' | 'stderr' | 'platform' | 'cwd' | 'on' | 'off'
> & {
  kill(pid: number, signal?: string | number): true;
  readonly pid: number;
};
