import { readFile } from 'node:fs/promises';
import { buildFiles } from '../build/context.ts';
import { readJournal } from '../build/journal.ts';
import { explain, named } from '../explain/explain.ts';
import { factsOf } from '../explain/facts.ts';
import type { Explanation } from '../model/explanation.ts';
import type { EngineDeps } from './deps.ts';

/** Why a build stopped, or stands: by the rules, from its journal and the last text on its screen. */
export async function explainBuild(deps: EngineDeps, id: string): Promise<Explanation> {
  const screen = await readFile(buildFiles(deps.builds.dir(id)).screenText, 'utf8').catch(() => '');
  const rows = screen.split('\n').filter(row => row.trim() !== '');
  const facts = factsOf(readJournal(deps.builds.journal(id)), rows);
  const findings = explain(facts).map(finding => named(finding, id));
  return { build: id, ...(facts.failure ? { failure: facts.failure } : {}), findings };
}
