import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Set by .ci/run: where the JSON report goes that its closing line is taken from. */
const report = process.env.PGOPT_TEST_REPORT;

/** Folders whose tests need no database. Files here that do are in `APART`. */
const PURE = 'advisor|bench|cli|base|init|migration|plan|report|tui|workload';
const APART = [
  'test/advisor/requirements/real.test.ts',
  'test/migration/{apply,locks}.test.ts',
  'test/init/engines.test.ts',
  'test/cli/{lens,stages,suggesting,writeChange}.test.ts',
  'test/plan/input/{formats,server}.test.ts',
];

/** What starts programs, what starts other majors (which .ci/run fetches meanwhile), the rest, and what only computes. */
const ORDER = [/\/test\/e2e\//, /\/test\/majors\//];

/** The longest first: none runs alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number => {
      if (project.name === 'pure') return ORDER.length + 1;
      const at = ORDER.findIndex(folder => folder.test(moduleId));
      return at < 0 ? ORDER.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  // React for production has no jsxDEV.
  oxc: { jsx: { runtime: 'automatic', development: false } },
  test: {
    environment: 'node',
    // Two cores: a third worker has them while the other two wait for a program or a server.
    maxWorkers: 3,
    // Half of their time was loading the same modules anew for each file. What they test keeps no state in a module.
    isolate: false,
    sequence: { sequencer: LongestFirst },
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
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/*.test.ts', `test/!(${PURE})/**/*.test.{ts,tsx}`, ...APART],
          globalSetup: ['test/helpers/globalServer.ts'],
        },
      },
    ],
  },
});
