/**
 * How much is tested; decision 96. `npm test` tries each part with a real machine once. What CI runs, and whoever
 * names files, has the parts meet each other, too; `npm run test:all` has all combinations.
 */
const EXTENTS: readonly string[] = ['parts', 'together', 'all'];

const asked = process.env['GOLDSMITH_TESTS'] ?? 'together';
const extent = EXTENTS.indexOf(asked);
if (extent < 0) throw new Error(`GOLDSMITH_TESTS is one of ${EXTENTS.join(', ')}, not ${asked}.`);

/** Whether parts that `npm test` tries one by one are tried together. */
export const runsTogether = extent >= 1;
/** Whether the long matrices run: one more combination of what was tried together. */
export const runsAll = extent >= 2;
