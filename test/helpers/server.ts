/** The test run's own PostgreSQL 15: real, shared by all test files, gone when the run ends. */
import { inject } from 'vitest';
import type { EmbeddedServer } from '../../src/database/embedded/server.ts';

/**
 * The server that the global setup started. `settings` leads to the database `postgres`: a test that changes anything
 * makes a database of its own, or rolls back. Its `release` does nothing: the run's end does.
 */
export async function testServer(): Promise<EmbeddedServer> {
  return { ...inject('server'), release: async () => ({ stopped: false }) };
}
