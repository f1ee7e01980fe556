import { defineConfig } from 'vitest/config';

const slow = process.env.CODEROOM_SLOW === '1';
const shared = { environment: 'node', testTimeout: 40_000, hookTimeout: 120_000 } as const;

/** Unit and contract tests side by side; then, one file at a time, those that start whole servers and browsers. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'parts',
          include: [slow ? 'packages/*/src/**/*.slow.test.ts' : 'packages/*/src/**/*.test.ts'],
          exclude: slow ? [] : ['**/*.slow.test.ts'],
          globalSetup: ['packages/testkit/src/databases-setup.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'whole',
          include: [slow ? 'packages/*/{test,e2e}/**/*.slow.test.ts' : 'packages/*/{test,e2e}/**/*.test.ts'],
          exclude: slow ? [] : ['**/*.slow.test.ts'],
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
        },
      },
    ],
  },
});
