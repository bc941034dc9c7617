// Prints `N passed, N failed` from Vitest's JSON report; exits 1 when a test failed, none ran, or there is no report.
import { readFileSync } from 'node:fs';

let report;
try {
  report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
} catch {
  report = { numPassedTests: 0, numFailedTests: 0, success: false };
}
const passed = report.numPassedTests;
// A file that could not even be loaded fails no test of its own, but it is a failure.
const brokenFiles = (report.testResults ?? []).filter(
  file => file.status === 'failed' && !(file.assertionResults ?? []).some(test => test.status === 'failed'),
).length;
const failed = report.numFailedTests + brokenFiles + (passed === 0 && report.numFailedTests === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && report.success ? 0 : 1;
