// Prints vitest's JSON report as one plain line, 'N passed, N failed, N skipped', and ends with 1 when anything
// failed or nothing ran. A file that could not be loaded counts as one failed test.
import { existsSync, readFileSync } from 'node:fs';

const report = process.argv[2];
if (!report || !existsSync(report)) {
  console.error('The tests left no report: vitest itself failed.');
  process.exit(1);
}

const { testResults, numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
  readFileSync(report, 'utf8'),
);
const isBroken = file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed');
const failed = numFailedTests + testResults.filter(isBroken).length;
const LEFT_OUT = {
  parts:
    'Parts were tried one by one: npm run test:together tries them together, npm run test:all in all combinations.',
  together: 'The long matrices are left out: npm run test:all runs them, too.',
};
const note = LEFT_OUT[process.env.GOLDSMITH_TESTS ?? 'together'];
if (note) console.log(note);
console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped`);
process.exitCode = failed > 0 || numPassedTests === 0 ? 1 : 0;
