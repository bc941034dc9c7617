#!/usr/bin/env node
// Tracked and dependency-free on purpose: in a clone that was never installed this still runs, and says what to do.
// It also sets NODE_ENV before React is loaded: its development build leaks performance entries.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const built = new URL('../dist/cli.js', import.meta.url);
const dependency = new URL('../node_modules', import.meta.url);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`pgopt-explore: Node ${process.versions.node} is too old: install Node 20.19 or newer`);
  process.exitCode = 2;
} else if (!existsSync(built)) {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const step = existsSync(dependency) ? 'npm run build' : 'npm ci';
  console.error(`pgopt-explore: not installed yet: run \`${step}\` in ${folder} first`);
  process.exitCode = 2;
} else {
  process.env.NODE_ENV = 'production';
  await import(built.href);
}
