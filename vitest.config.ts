import { defineConfig } from 'vitest/config';

/** Set by .ci/run: where the JSON report goes that its closing line is taken from. */
const report = process.env.PGOPT_TEST_REPORT;

export default defineConfig({
  // React for production has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/helpers/globalServer.ts'],
    environment: 'node',
    // Two cores and one PostgreSQL: more workers would only measure each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // TZ: clocks on the screen are local time.
    env: { NODE_ENV: 'production', FORCE_COLOR: '1', TZ: 'UTC' },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
