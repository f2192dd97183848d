/**
 * Whether the long matrices run, too (`npm run test:all`): what is one more combination of parts that `npm test` has
 * each tried with a real machine.
 */
export const runsAll = process.env['GOLDSMITH_TESTS'] === 'all';
