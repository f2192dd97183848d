import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type FinalResults, Parser } from 'tap-parser';
import type { LabTest } from '../model/lab.ts';

/** What one of a test's own cases came to. */
export interface CaseResult {
  name: string;
  ok: boolean;
  reason?: string;
}

/** A whole test: its exit status and output read as its format says. */
export interface Verdict {
  ok: boolean;
  reason?: string;
  cases: CaseResult[];
}

type Reader = (output: string) => Verdict;

/** How each `format` of lab.yaml is read. A format's own failure counts even when the program exits with 0. */
const READERS: Record<LabTest['format'], Reader> = {
  exit: () => ({ ok: true, cases: [] }),
  tap: readTap,
  junit: readJunit,
};

/** @param exitCode undefined when the program was ended by a signal or the connection was lost */
export function judge(format: LabTest['format'], exitCode: number | undefined, output: string): Verdict {
  const verdict = READERS[format](output);
  if (exitCode === 0) return verdict;
  const how = exitCode === undefined ? 'it did not end by itself' : `it ended with status ${exitCode}`;
  return { ...verdict, ok: false, reason: verdict.reason ?? how };
}

/** Test Anything Protocol 13 and 14; a missing plan or a bail-out fails (testanything.org). */
function readTap(output: string): Verdict {
  const cases: CaseResult[] = [];
  let final: FinalResults | undefined;
  const parser = new Parser(results => {
    final = results;
  });
  parser.on('assert', ({ name, ok, todo, skip, diag }) => {
    const isOk = ok || Boolean(todo) || Boolean(skip);
    cases.push({ name, ok: isOk, ...(isOk || !diag ? {} : { reason: JSON.stringify(diag) }) });
  });
  parser.end(output);
  if (cases.length === 0) return { ok: false, reason: 'it printed no TAP result', cases };
  return final?.ok ? { ok: true, cases } : { ok: false, reason: tapReason(final, cases), cases };
}

function tapReason(final: FinalResults | undefined, cases: CaseResult[]): string {
  const failed = cases.filter(item => !item.ok).map(item => item.name);
  if (failed.length > 0) return `failed: ${failed.join(', ')}`;
  if (final?.bailout) return `bailed out: ${String(final.bailout)}`;
  return `the plan does not fit: ${final?.failures.map(failure => failure.tapError).join('; ') || 'tests are missing'}`;
}

interface JunitCase {
  '@name'?: string;
  '@classname'?: string;
  failure?: unknown;
  error?: unknown;
}

/** JUnit XML as Ant and everybody since writes it: `testcase` elements with `failure` or `error` inside. */
function readJunit(output: string): Verdict {
  const start = output.indexOf('<');
  const xml = start < 0 ? '' : output.slice(start);
  if (xml === '' || XMLValidator.validate(xml) !== true) {
    return { ok: false, reason: 'it printed no valid JUnit XML', cases: [] };
  }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    processEntities: false,
    isArray: name => name === 'testcase',
  });
  const cases = findCases(parser.parse(xml)).map(junitCase);
  const failed = cases.filter(item => !item.ok).map(item => item.name);
  if (cases.length === 0) return { ok: false, reason: 'its JUnit report holds no test case', cases };
  return failed.length === 0 ? { ok: true, cases } : { ok: false, reason: `failed: ${failed.join(', ')}`, cases };
}

function findCases(node: unknown): JunitCase[] {
  if (Array.isArray(node)) return node.flatMap(findCases);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([name, value]) =>
    name === 'testcase' ? (value as JunitCase[]) : findCases(value),
  );
}

function junitCase(item: JunitCase): CaseResult {
  const name = [item['@classname'], item['@name']].filter(Boolean).join('.') || 'unnamed';
  const isOk = item.failure === undefined && item.error === undefined;
  return isOk ? { name, ok: true } : { name, ok: false, reason: JSON.stringify(item.failure ?? item.error) };
}
