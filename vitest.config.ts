import { defineConfig } from 'vitest/config';

export default defineConfig({
  // React for production has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    environment: 'node',
    globalSetup: ['test/helpers/globalServer.ts'],
    // Two cores and one PostgreSQL: more workers would only measure each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    env: { NODE_ENV: 'production', FORCE_COLOR: '1' },
  },
});
