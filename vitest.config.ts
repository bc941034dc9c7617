import { defineConfig } from 'vitest/config';

/** Set by .ci/run: where the JSON report goes that its closing line is taken from. */
const report = process.env.PGOPT_TEST_REPORT;

/** Folders whose tests need no database. Files here that do are in `APART`. */
const PURE = 'advisor|bench|cli|base|init|migration|plan|report|tui|workload';
/** Rooms whose tests need the server and keep no state in a module: their files share a worker. */
const SHARED = 'lens|production|session|suggestion|survey';
/** They need the server, or a process that has not read its environment yet. */
const APART = [
  'test/advisor/requirements/real.test.ts',
  'test/migration/{apply,locks}.test.ts',
  'test/init/engines.test.ts',
  'test/cli/{lens,stages,suggesting,writeChange}.test.ts',
  'test/plan/input/{formats,server}.test.ts',
  'test/tui/noColor.test.tsx',
];

export default defineConfig({
  // React for production has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    environment: 'node',
    // Two cores: a third worker has them while the other two wait for a program or a server.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // TZ: clocks on the screen are local time.
    env: { NODE_ENV: 'production', FORCE_COLOR: '1', TZ: 'UTC' },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: [`test/(${PURE})/**/*.test.{ts,tsx}`],
          exclude: APART,
          // Half of their time was loading the same modules anew for each of a hundred files. What they test keeps no state.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: [`test/(${SHARED})/**/*.test.{ts,tsx}`],
          globalSetup: ['test/helpers/globalServer.ts'],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/*.test.ts', `test/!(${PURE}|${SHARED})/**/*.test.{ts,tsx}`, ...APART],
          globalSetup: ['test/helpers/globalServer.ts'],
        },
      },
    ],
  },
});
