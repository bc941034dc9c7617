/** The part of `process` that the program uses; an argument, so that tests can replace it. */
export type Io = Pick<
  NodeJS.Process,
  'env' | 'stdin' | 'stdout' | 'stderr' | 'platform' | 'cwd' | 'on' | 'off'
> & {
  kill(pid: number, signal?: string | number): true;
  readonly pid: number;
};
